// Package remote serves the resources that reach a machine over SSH.
package remote

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"hardway/command/internal/common"
)

// Command is the resource command:remote:Command.
type Command struct{}

// CommandInputs are its inputs.
type CommandInputs struct {
	common.Inputs
	Logging    *Logging    `pulumi:"logging,optional"`
	Connection *Connection `pulumi:"connection" provider:"secret"`
}

// CommandOutputs are its inputs and what the last run printed.
type CommandOutputs struct {
	CommandInputs
	common.Outputs
}

// Annotate names the resource and describes it in the schema.
func (c *Command) Annotate(a infer.Annotator) {
	a.SetToken("remote", "Command")
	a.Describe(&c, "A command to run on a remote host. The connection is established via ssh.")
}

// Annotate describes the inputs in the schema.
func (in *CommandInputs) Annotate(a infer.Annotator) {
	a.Describe(&in.Logging, "Which outputs are logged, line by line. Default: both.")
	a.Describe(&in.Connection, "The parameters with which to connect to the remote host.")
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
	out := CommandOutputs{CommandInputs: req.Inputs, Outputs: req.State.Outputs}
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
