module scaffold/tests/oracles/tags

go 1.25.0

require (
	fluxv1.invalid/semver/v3 v3.1.1
	fluxv2.invalid/semver/v3 v3.5.0
	github.com/ryanuber/go-glob v1.0.0
)

replace (
	fluxv1.invalid/semver/v3 => github.com/Masterminds/semver/v3 v3.1.1
	fluxv2.invalid/semver/v3 => github.com/Masterminds/semver/v3 v3.5.0
)
