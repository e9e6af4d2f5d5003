package local

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"hardway/command/internal/capture"
	"hardway/command/internal/common"
)

// How long a cancelled command has after SIGTERM, and after SIGKILL until its pipes are given up.
const (
	termGrace = 2 * time.Second
	killGrace = 500 * time.Millisecond
)

// running counts the commands under way.
var running sync.WaitGroup

// WaitIdle returns when no command is under way any more, at the latest after limit.
func WaitIdle(limit time.Duration) {
	idle := make(chan struct{})
	go func() { running.Wait(); close(idle) }()
	select {
	case <-idle:
	case <-time.After(limit):
	}
}

// run runs the command, if there is one, and keeps what it prints and the files it is asked to return.
func (c *CommandOutputs) run(ctx context.Context, command *string) error {
	if command == nil {
		return nil
	}
	running.Add(1)
	defer running.Done()
	output := capture.New(ctx, capture.Logged(c.Logging.mode()), c.Stdin)
	cmd, err := c.process(*command)
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = output.Stdout(), output.Stderr()
	err = runGroup(ctx, cmd)
	stdout, stderr := output.Close()
	if err != nil {
		return output.Failure(err, *command)
	}
	c.Outputs = common.Outputs{Stdout: stdout, Stderr: stderr}
	return c.collect(cmd.Dir)
}

// process returns the command's process, not yet started. It leads a process group of its own.
func (c *CommandOutputs) process(command string) (*exec.Cmd, error) {
	args := []string{"/bin/sh", "-c"}
	if c.Interpreter != nil && len(*c.Interpreter) > 0 {
		args = append([]string{}, *c.Interpreter...)
	}
	args = append(args, command)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	cmd.Dir = here
	if c.Dir != nil {
		cmd.Dir = *c.Dir
	}
	// Looked at here because the start of a process blames the interpreter for a missing directory.
	if _, err := os.Stat(cmd.Dir); err != nil {
		return nil, fmt.Errorf("dir: %w", err)
	}
	cmd.Env = os.Environ()
	for name, value := range c.Environment {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	for name, value := range common.PreviousOutputs(c.Inputs, c.Outputs) {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if c.Stdin != nil {
		cmd.Stdin = strings.NewReader(*c.Stdin)
	}
	return cmd, nil
}

// runGroup runs the process to its end. When the context ends first, its whole group is ended.
func runGroup(ctx context.Context, cmd *exec.Cmd) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	if !endGroup(cmd.Process.Pid, syscall.SIGTERM, ended, termGrace) {
		endGroup(cmd.Process.Pid, syscall.SIGKILL, ended, killGrace)
	}
	return fmt.Errorf("cancelled: %w", context.Cause(ctx))
}

// endGroup signals a process group and tells whether its leader ended, and let go of the pipes, within grace.
func endGroup(pid int, signal syscall.Signal, ended <-chan error, grace time.Duration) bool {
	_ = syscall.Kill(-pid, signal)
	select {
	case <-ended:
		return true
	case <-time.After(grace):
		return false
	}
}
