package local

import "github.com/pulumi/pulumi-go-provider/infer"

// Logging selects which of a command's outputs are logged. The token needs one such type in each package.
type Logging string

// Values lists the modes for the schema.
func (Logging) Values() []infer.EnumValue[Logging] {
	return []infer.EnumValue[Logging]{
		{Name: "stdout", Value: "stdout", Description: "Capture stdout in logs but not stderr"},
		{Name: "stderr", Value: "stderr", Description: "Capture stderr in logs but not stdout"},
		{Name: "stdoutAndStderr", Value: "stdoutAndStderr", Description: "Capture stdout and stderr in logs"},
		{Name: "none", Value: "none", Description: "Capture no logs"},
	}
}

// mode returns the selected mode, "" where none is given.
func (l *Logging) mode() string {
	if l == nil {
		return ""
	}
	return string(*l)
}
