package main

import (
	"context"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

type diffFunc = func(context.Context, p.DiffRequest) (p.DiffResponse, error)

// replaceOnTriggers makes a change of any one trigger a replacement. infer looks only at whole property names, so a
// change inside the list ("triggers[0]") would be an update unless the SDK asks the engine for more.
func replaceOnTriggers(diff diffFunc) diffFunc {
	return func(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
		resp, err := diff(ctx, req)
		for path, change := range resp.DetailedDiff {
			if root, _, _ := strings.Cut(path, "["); root != "triggers" {
				continue
			}
			switch change.Kind {
			case p.Add:
				change.Kind = p.AddReplace
			case p.Delete:
				change.Kind = p.DeleteReplace
			case p.Update:
				change.Kind = p.UpdateReplace
			}
			resp.DetailedDiff[path] = change
		}
		return resp, err
	}
}

type updateFunc = func(context.Context, p.UpdateRequest) (p.UpdateResponse, error)

// unknownUntilRun makes what a command returns unknown in the preview of an update that will run it, so that
// dependents do not act on the old values. infer does this only for changed inputs, not for added or removed ones.
func unknownUntilRun(update updateFunc) updateFunc {
	return func(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
		resp, err := update(ctx, req)
		runs := !req.Inputs.Get("update").IsNull() || !req.Inputs.Get("create").IsNull()
		if err != nil || !req.DryRun || !runs {
			return resp, err
		}
		for _, output := range []string{"stdout", "stderr", "assets", "archive"} {
			if old, ok := resp.Properties.GetOk(output); ok {
				resp.Properties = resp.Properties.Set(output, property.New(property.Computed).WithSecret(old.Secret()))
			}
		}
		return resp, err
	}
}
