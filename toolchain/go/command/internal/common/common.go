// Package common holds what the local and the remote command have in common.
package common

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The environment variables in which a command finds the outputs of the one before it.
const (
	PreviousStdout = "PULUMI_COMMAND_STDOUT"
	PreviousStderr = "PULUMI_COMMAND_STDERR"
)

// Inputs are the inputs of both command resources.
type Inputs struct {
	Triggers               *[]any            `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Create                 *string           `pulumi:"create,optional"`
	Update                 *string           `pulumi:"update,optional"`
	Delete                 *string           `pulumi:"delete,optional"`
	Stdin                  *string           `pulumi:"stdin,optional"`
	Environment            map[string]string `pulumi:"environment,optional"`
	AddPreviousOutputInEnv *bool             `pulumi:"addPreviousOutputInEnv,optional"`
}

// Annotate describes the inputs in the schema.
func (in *Inputs) Annotate(a infer.Annotator) {
	a.Describe(&in.Triggers, "A change of any of these values, of any type, replaces the resource.")
	a.Describe(&in.Create, "The command to run once on creation, and on update where there is no update command.")
	a.Describe(&in.Update, "The command to run when inputs other than triggers change. Default: the create command.")
	a.Describe(&in.Delete, "The command to run on deletion.")
	a.Describe(&in.Stdin, "The text of the command's standard input.")
	a.Describe(&in.Environment, "Environment variables for the command. A remote one needs sshd's AcceptEnv.")
	a.Describe(&in.AddPreviousOutputInEnv,
		"Whether update and delete find the outputs before them in PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR.")
	a.SetDefault(&in.AddPreviousOutputInEnv, true)
}

// UpdateCommand returns the command an update runs, nil for none.
func (in *Inputs) UpdateCommand() *string {
	if in.Update != nil {
		return in.Update
	}
	return in.Create
}

// Outputs are the outputs of both command resources.
type Outputs struct {
	Stdout string `pulumi:"stdout"`
	Stderr string `pulumi:"stderr"`
}

// Annotate describes the outputs in the schema.
func (out *Outputs) Annotate(a infer.Annotator) {
	a.Describe(&out.Stdout, "The standard output of the command's process")
	a.Describe(&out.Stderr, "The standard error of the command's process")
}

// PreviousOutputs returns the environment variables that carry the outputs so far, empty ones left out.
func PreviousOutputs(in Inputs, out Outputs) map[string]string {
	env := map[string]string{}
	if in.AddPreviousOutputInEnv != nil && !*in.AddPreviousOutputInEnv {
		return env
	}
	if out.Stdout != "" {
		env[PreviousStdout] = out.Stdout
	}
	if out.Stderr != "" {
		env[PreviousStderr] = out.Stderr
	}
	return env
}

// NewID returns a random resource ID that begins with prefix.
func NewID(prefix string) (string, error) { return resource.NewUniqueHex(prefix, 8, 0) }
