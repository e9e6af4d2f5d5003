// Package capture keeps what a command prints and passes its lines on to the engine's log.
package capture

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
)

// minSecretLine is the shortest line of standard input that is looked for in log lines and errors, in bytes: shorter
// ones ("}", "EOF") are in everything and hide nothing.
const minSecretLine = 12

// Streams selects what is logged; both are always kept.
type Streams struct{ Stdout, Stderr bool }

// Logged returns the streams that a `logging` input names. The empty mode means both.
func Logged(mode string) Streams {
	return Streams{
		Stdout: mode == "" || mode == "stdout" || mode == "stdoutAndStderr",
		Stderr: mode == "" || mode == "stderr" || mode == "stdoutAndStderr",
	}
}

// Capture collects one command's output. Its writers may be used at the same time.
type Capture struct {
	log            func(line string)
	mu             sync.Mutex
	stdout, stderr stream
	both           bytes.Buffer
	hidden         []string
}

type stream struct {
	all, line bytes.Buffer
	logged    bool
}

// New returns a Capture for a command that is given stdin, of which no line is ever logged or put into an error.
func New(ctx context.Context, logged Streams, stdin *string) *Capture {
	c := &Capture{log: p.GetLogger(ctx).InfoStatus}
	c.stdout.logged, c.stderr.logged = logged.Stdout, logged.Stderr
	if stdin != nil {
		for line := range strings.Lines(*stdin) {
			if line = strings.TrimSpace(line); len(line) >= minSecretLine {
				c.hidden = append(c.hidden, line)
			}
		}
	}
	return c
}

type writer struct {
	c *Capture
	s *stream
}

// Stdout returns the writer for the command's standard output.
func (c *Capture) Stdout() io.Writer { return writer{c, &c.stdout} }

// Stderr returns the writer for the command's standard error.
func (c *Capture) Stderr() io.Writer { return writer{c, &c.stderr} }

func (w writer) Write(data []byte) (int, error) {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	w.s.all.Write(data)
	w.c.both.Write(data)
	if w.s.logged {
		w.s.line.Write(data)
		w.c.flush(w.s, false)
	}
	return len(data), nil
}

// flush logs the stream's complete lines; at the end also one that lacks its newline.
func (c *Capture) flush(s *stream, atEnd bool) {
	for {
		end := bytes.IndexByte(s.line.Bytes(), '\n') + 1
		if end == 0 && atEnd {
			end = s.line.Len()
		}
		if end == 0 {
			return
		}
		c.log(c.clean(strings.TrimRight(string(s.line.Next(end)), "\r\n")))
	}
}

// clean makes text fit to be shown: valid UTF-8 (the engine's protocol refuses anything else) without standard input.
func (c *Capture) clean(text string) string {
	for _, line := range c.hidden {
		text = strings.ReplaceAll(text, line, "[stdin]")
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// Close logs what is left and returns both outputs, each without one trailing newline.
func (c *Capture) Close() (stdout, stderr string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flush(&c.stdout, true)
	c.flush(&c.stderr, true)
	return result(&c.stdout), result(&c.stderr)
}

func result(s *stream) string {
	return strings.ToValidUTF8(strings.TrimSuffix(s.all.String(), "\n"), "\uFFFD")
}

// Failure returns the error of a command that ended with err: its exit status, its text and all it printed.
func (c *Capture) Failure(err error, command string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Errorf("%w: running %q:\n%s", err, c.clean(command), c.clean(c.both.String()))
}
