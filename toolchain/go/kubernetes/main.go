// Command pulumi-resource-kubernetes serves the kubernetes plugin to the Pulumi engine. schema.json and
// terraform-mapping.json are copied from the provider's module by the build.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// version is set by the linker to the release whose source this is.
var version = "4.18.1"

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

func main() {
	provider.Serve("kubernetes", version, schema, mapping)
}
