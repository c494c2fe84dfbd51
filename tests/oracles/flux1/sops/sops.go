// Package sops stands in for the module of this name, of which Flux uses this error.
package sops

import "errors"

// MetadataNotFound says that a file is not encrypted.
var MetadataNotFound = errors.New("sops metadata not found")
