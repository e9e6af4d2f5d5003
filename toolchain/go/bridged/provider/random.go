package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	randomshim "github.com/terraform-providers/terraform-provider-random/shim"

	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

// RandomVersion is the SDK version whose schema this plugin serves.
const RandomVersion = "4.21.2"

// Random describes the random plugin. metadata is the bridge's own record, "{}" before it has been generated.
func Random(metadata []byte) tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            pf.ShimProvider(randomshim.NewProvider()),
		Name:         "random",
		Version:      RandomVersion,
		GitHubOrg:    "terraform-providers",
		MetadataInfo: tfbridge.NewProviderMetadata(metadata),
		Resources: map[string]*tfbridge.ResourceInfo{
			"random_bytes": {ComputeID: randomBytesID},
		},
		EnableAccurateBridgePreview: true,
		EnableRawStateDelta:         true,
	}
	standard := tokens.MakeStandard("random")
	info.MustComputeTokens(tokens.SingleModule("random_", "index", func(module, name string) (string, error) {
		return standard(module, "Random"+name)
	}))
	return info
}

// randomBytesID names the bytes by their hash: an id is plain text in the state, so it must not be the bytes.
func randomBytesID(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
	value := state["base64"]
	if value.IsSecret() {
		value = value.SecretValue().Element
	}
	if !value.IsString() {
		return "", errors.New("random_bytes has no base64 output to name it by")
	}
	sum := sha256.Sum256([]byte(value.StringValue()))
	return resource.ID(hex.EncodeToString(sum[:16])), nil
}
