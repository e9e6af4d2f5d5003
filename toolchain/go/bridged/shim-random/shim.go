// Package shim lives under the provider's own import path, because the provider's constructor is in an
// internal package that only its own tree may import.
package shim

import (
	"github.com/hashicorp/terraform-plugin-framework/provider"
	upstream "github.com/terraform-providers/terraform-provider-random/internal/provider"
)

// NewProvider returns HashiCorp's random provider.
func NewProvider() provider.Provider { return upstream.New() }
