// Flux decrypts files with this module, if it is told to. The oracle never does, and the module would need hundreds more.
module go.mozilla.org/sops/v3

go 1.16
