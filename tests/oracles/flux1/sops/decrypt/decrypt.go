// Package decrypt stands in for the package of this name.
package decrypt

import "go.mozilla.org/sops/v3"

// Data decrypts nothing: every file counts as not encrypted.
func Data([]byte, string) ([]byte, error) { return nil, sops.MetadataNotFound }
