// Package provider maps the two Terraform providers that hardway uses to the Pulumi types of @pulumi/tls and
// @pulumi/random, so that the same programs run on them.
package provider

import (
	tlsshim "github.com/hashicorp/terraform-provider-tls/shim"
	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
)

// TLSVersion is the SDK version whose schema this plugin serves.
const TLSVersion = "5.6.1"

// TLS describes the tls plugin. metadata is the bridge's own record, "{}" before it has been generated.
func TLS(metadata []byte) tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:                              pf.ShimProvider(tlsshim.NewProvider()),
		Name:                           "tls",
		Version:                        TLSVersion,
		GitHubOrg:                      "hashicorp",
		MetadataInfo:                   tfbridge.NewProviderMetadata(metadata),
		EnableZeroDefaultSchemaVersion: true,
	}
	info.MustComputeTokens(tokens.SingleModule("tls_", "index", tokens.MakeStandard("tls")))
	return info
}
