// Package local serves the resource that runs commands on the engine's own machine.
package local

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"hardway/command/internal/common"
)

// Command is the resource command:local:Command.
type Command struct{}

// CommandInputs are its inputs.
type CommandInputs struct {
	common.Inputs
	Logging      *Logging  `pulumi:"logging,optional"`
	Interpreter  *[]string `pulumi:"interpreter,optional"`
	Dir          *string   `pulumi:"dir,optional"`
	AssetPaths   *[]string `pulumi:"assetPaths,optional"`
	ArchivePaths *[]string `pulumi:"archivePaths,optional"`
}

// CommandOutputs are its inputs, what the last run printed and the files it left.
type CommandOutputs struct {
	CommandInputs
	common.Outputs
	Assets  *map[string]*resource.Asset `pulumi:"assets,optional"`
	Archive *resource.Archive           `pulumi:"archive,optional"`
}

// Annotate names the resource and describes it in the schema.
func (c *Command) Annotate(a infer.Annotator) {
	a.SetToken("local", "Command")
	a.Describe(&c, "A local command to be executed.")
}

// Annotate describes the inputs in the schema.
func (in *CommandInputs) Annotate(a infer.Annotator) {
	a.Describe(&in.Logging, "Which outputs are logged, line by line. Default: both.")
	a.Describe(&in.Interpreter, `The program and arguments to run the command. Default: ["/bin/sh", "-c"]`)
	a.Describe(&in.Dir, "The directory from which to run the command from. Default: the program's.")
	a.Describe(&in.AssetPaths, "Path globs, relative to dir, of files to return as assets; `!` before one excludes.")
	a.Describe(&in.ArchivePaths, "Path globs, relative to dir, of files to return as one archive; `!` excludes.")
}

// Create runs the create command.
func (*Command) Create(
	ctx context.Context, req infer.CreateRequest[CommandInputs],
) (infer.CreateResponse[CommandOutputs], error) {
	resp := infer.CreateResponse[CommandOutputs]{Output: CommandOutputs{CommandInputs: req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	err := resp.Output.run(ctx, req.Inputs.Create)
	if err == nil {
		resp.ID, err = common.NewID(req.Name)
	}
	return resp, err
}

// Update runs the update command, or create again where there is none.
func (*Command) Update(
	ctx context.Context, req infer.UpdateRequest[CommandInputs, CommandOutputs],
) (infer.UpdateResponse[CommandOutputs], error) {
	out := req.State
	out.CommandInputs = req.Inputs
	var err error
	if !req.DryRun {
		err = out.run(ctx, req.Inputs.UpdateCommand())
	}
	return infer.UpdateResponse[CommandOutputs]{Output: out}, err
}

// Delete runs the delete command.
func (*Command) Delete(
	ctx context.Context, req infer.DeleteRequest[CommandOutputs],
) (infer.DeleteResponse, error) {
	return infer.DeleteResponse{}, req.State.run(ctx, req.State.Delete)
}
