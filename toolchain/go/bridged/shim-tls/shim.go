// Package shim lives under the provider's own import path, because the provider's constructor is in an
// internal package that only its own tree may import.
package shim

import (
	"github.com/hashicorp/terraform-plugin-framework/provider"
	upstream "github.com/hashicorp/terraform-provider-tls/internal/provider"
)

// NewProvider returns HashiCorp's tls provider.
func NewProvider() provider.Provider { return upstream.New() }
