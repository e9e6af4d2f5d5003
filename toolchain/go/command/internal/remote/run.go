package remote

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/ssh"

	"hardway/command/internal/capture"
	"hardway/command/internal/common"
)

// signalGrace is how long a cancelled command's signal has to reach the machine before the connection is cut.
const signalGrace = 250 * time.Millisecond

// run runs the command, if there is one, on a new connection and keeps what it prints.
func (c *CommandOutputs) run(ctx context.Context, command *string) error {
	if command == nil {
		return nil
	}
	client, err := c.Connection.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	defer session.Close()
	defer context.AfterFunc(ctx, func() {
		// sshd ends only the session's pipes when a connection closes, so the command is told first.
		time.AfterFunc(signalGrace, func() { client.Close() })
		_ = session.Signal(ssh.SIGTERM)
	})()
	if err := c.setEnvironment(ctx, session); err != nil {
		return err
	}
	if err := feed(session, or(c.Stdin, "")); err != nil {
		return err
	}
	output := capture.New(ctx, capture.Logged(c.Logging.mode()), c.Stdin)
	session.Stdout, session.Stderr = output.Stdout(), output.Stderr()
	err = session.Run(*command)
	stdout, stderr := output.Close()
	if ctx.Err() != nil {
		err = fmt.Errorf("cancelled: %w", context.Cause(ctx))
	}
	if err != nil {
		return output.Failure(err, *command)
	}
	c.Outputs = common.Outputs{Stdout: stdout, Stderr: stderr}
	return nil
}

// feed writes text to the session's standard input. A command that does not read it all is no failure.
func feed(session *ssh.Session, text string) error {
	if text == "" {
		return nil
	}
	stdin, err := session.StdinPipe()
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(stdin, strings.NewReader(text))
		stdin.Close()
	}()
	return nil
}

// setEnvironment sends the variables. The user's own must arrive; previous outputs that do not only warn.
func (c *CommandOutputs) setEnvironment(ctx context.Context, session *ssh.Session) error {
	const hint = "Unable to set '%s'. This only works if your SSH server is configured to accept these variables via " +
		"AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you could prefix the " +
		"command itself with the variables in the form 'VAR=value command'"
	for _, name := range slices.Sorted(maps.Keys(c.Environment)) {
		if err := session.Setenv(name, c.Environment[name]); err != nil {
			p.GetLogger(ctx).Errorf(hint, name)
			return fmt.Errorf("could not set environment variable %q: %w", name, err)
		}
	}
	for name, value := range common.PreviousOutputs(c.Inputs, c.Outputs) {
		if err := session.Setenv(name, value); err != nil {
			p.GetLogger(ctx).Warningf(hint, name)
		}
	}
	return nil
}
