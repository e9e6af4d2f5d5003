// Command schema writes schema.json and bridge-metadata.json, which the plugins embed. The first argument is the
// provider, the rest goes to the bridge's generator: schema tls schema --out DIR --skip-docs --skip-examples
package main

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"
	"hardway.local/bridged/provider"
)

func main() {
	which := ""
	if len(os.Args) > 1 {
		which = os.Args[1]
		os.Args = append(os.Args[:1], os.Args[2:]...)
	}
	switch which {
	case "tls":
		tfgen.Main("tls", provider.TLS([]byte("{}")))
	case "random":
		tfgen.Main("random", provider.Random([]byte("{}")))
	default:
		fmt.Fprintln(os.Stderr, "usage: schema tls|random schema --out DIR --skip-docs --skip-examples")
		os.Exit(2)
	}
}
