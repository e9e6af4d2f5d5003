package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const secret = "the-secret-of-this-test-0123456789"

func TestRunKeepsBothOutputs(t *testing.T) {
	e := newEngine(t, remoteCommand)
	must(t, e.create(map[string]any{
		"connection": newSSHD(t).start().connection(), "create": "echo out; echo; echo err >&2"}))
	e.expect("stdout", "out\n")
	e.expect("stderr", "err")
	if !strings.HasPrefix(e.id, "it") || !e.state.Get("connection").Secret() {
		t.Errorf("id %q, connection secret: %v", e.id, e.state.Get("connection").Secret())
	}
}

func TestStdinReachesTheCommandAndNothingElse(t *testing.T) {
	s, log := newSSHD(t).start(), captureLog(t)
	inputs := map[string]any{"connection": s.connection(), "stdin": secret + "\n"}
	e := newEngine(t, remoteCommand)
	must(t, e.create(with(inputs, "create", "wc -c; ps -eo args")))
	if out := e.text("stdout"); !strings.HasPrefix(out, fmt.Sprint(len(secret)+1)) || strings.Contains(out, secret) {
		t.Errorf("stdin did not arrive, or is in the process list:\n%s", out)
	}
	err := e.create(with(inputs, "create", "cat; exit 4"))
	failsWith(t, err, "status 4", "[stdin]")
	if strings.Contains(err.Error()+log.String(), secret) {
		t.Errorf("stdin was shown: %v\n%s", err, log)
	}
	must(t, e.create(with(inputs, "create", "cat", "logging", "none")))
	e.expect("stdout", secret)
	must(t, e.create(with(inputs, "create", "true", "stdin", strings.Repeat("unread\n", 1<<19))))
}

func TestFailureNamesStatusCommandAndOutput(t *testing.T) {
	e := newEngine(t, remoteCommand)
	err := e.create(map[string]any{
		"connection": newSSHD(t).start().connection(), "create": "echo seen; echo reason >&2; exit 7"})
	failsWith(t, err, "status 7", "exit 7", "seen", "reason")
}

func TestLoggingSelectsTheStreams(t *testing.T) {
	s := newSSHD(t).start()
	for mode, want := range map[string][2]bool{
		"": {true, true}, "none": {}, "stdout": {true, false}, "stderr": {false, true}, "stdoutAndStderr": {true, true},
	} {
		log := captureLog(t)
		inputs := map[string]any{"connection": s.connection(), "create": "echo line-o; printf line-e >&2"}
		if mode != "" {
			inputs["logging"] = mode
		}
		must(t, newEngine(t, remoteCommand).create(inputs))
		got := [2]bool{strings.Contains(log.String(), "line-o"), strings.Contains(log.String(), "line-e")}
		if got != want {
			t.Errorf("logging %q logged stdout, stderr: %v, expected %v", mode, got, want)
		}
	}
}

func TestEnvironmentNeedsTheServersConsent(t *testing.T) {
	s := newSSHD(t).start()
	inputs := map[string]any{"connection": s.connection(), "create": "echo $TEST_A"}
	e := newEngine(t, remoteCommand)
	must(t, e.create(with(inputs, "environment", map[string]any{"TEST_A": "a b"})))
	e.expect("stdout", "a b")
	failsWith(t, e.create(with(inputs, "environment", map[string]any{"OTHER": "x"})), "OTHER")
}

func TestUpdateAndDeleteSeeThePreviousOutputs(t *testing.T) {
	s := newSSHD(t).start()
	file := filepath.Join(s.dir, "deleted")
	const show = `echo "${PULUMI_COMMAND_STDOUT-unset}/${PULUMI_COMMAND_STDERR-unset}"`
	inputs := map[string]any{"connection": s.connection(), "create": "echo one; echo two >&2",
		"update": show, "delete": show + " >" + file}
	e := newEngine(t, remoteCommand)
	must(t, e.create(inputs))
	must(t, e.update(with(inputs, "stdin", "x")))
	e.expect("stdout", "one/two")
	must(t, e.delete())
	if got, _ := os.ReadFile(file); string(got) != "one/two/unset\n" {
		t.Errorf("delete saw %q", got)
	}
	must(t, e.update(with(inputs, "addPreviousOutputInEnv", false)))
	e.expect("stdout", "unset/unset")
	must(t, e.update(with(inputs, "update", nil, "create", "echo again")))
	e.expect("stdout", "again")
	must(t, e.update(map[string]any{"connection": s.connection()}))
	e.expect("stdout", "again")
}

func TestOnlyTriggersReplace(t *testing.T) {
	s := newSSHD(t).start()
	inputs := map[string]any{"connection": s.connection(), "create": "true", "triggers": []any{"a", 1.0}}
	e := newEngine(t, remoteCommand)
	must(t, e.create(inputs))
	for want, changes := range map[string][][]any{
		"none":   {{}},
		"update": {{"stdin", "x"}, {"create", "false"}, {"delete", "true"}, {"connection", s.connection("user", "u")}},
		"replace": {{"triggers", []any{"b", 1.0}}, {"triggers", []any{"a"}}, {"triggers", nil},
			{"triggers", []any{"a", 1.0, "c"}}, {"triggers", []any{"b", 1.0}, "stdin", "x"}},
	} {
		for _, change := range changes {
			if got := e.diff(with(inputs, change...)); got != want {
				t.Errorf("%v: %s, expected %s", change, got, want)
			}
		}
	}
}

func TestPreviewRunsNothingAndKnowsNoOutputs(t *testing.T) {
	s := newSSHD(t).start()
	file := filepath.Join(s.dir, "ran")
	inputs := map[string]any{"connection": s.connection(), "create": "echo x | tee " + file}
	for _, token := range []string{remoteCommand, localCommand} {
		e := newEngine(t, token)
		if token == localCommand {
			inputs = with(inputs, "connection", nil)
		}
		created, err := e.server.Create(p.CreateRequest{Urn: e.urn, Properties: e.check(inputs), DryRun: true})
		must(t, err)
		if _, err := os.Stat(file); err == nil || created.ID != "" {
			t.Errorf("a preview ran the command, or made up an ID: %q", created.ID)
		}
		must(t, e.create(inputs))
		must(t, os.Remove(file))
		updated, err := e.server.Update(p.UpdateRequest{ID: e.id, Urn: e.urn, State: e.state, OldInputs: e.inputs,
			Inputs: e.check(with(inputs, "stdin", "changed")), DryRun: true})
		must(t, err)
		for _, output := range []string{"stdout", "stderr"} {
			if !created.Properties.Get(output).IsComputed() || !updated.Properties.Get(output).IsComputed() {
				t.Errorf("%s: %s is known in a preview: create %#v, update %#v", token, output,
					created.Properties.Get(output), updated.Properties.Get(output))
			}
		}
		if created.Properties.Get("create").IsComputed() || updated.Properties.Get("create").IsComputed() {
			t.Errorf("%s: an input is unknown in a preview", token)
		}
	}
}

func TestSecretInputsStaySecret(t *testing.T) {
	e := newEngine(t, remoteCommand)
	must(t, e.create(map[string]any{"connection": newSSHD(t).start().connection(), "create": "cat >/dev/null",
		"stdin": resource.MakeSecret(resource.NewProperty(secret))}))
	if !e.state.Get("stdin").Secret() {
		t.Error("a secret stdin is plain in the state")
	}
}

func TestCommandsRunInParallel(t *testing.T) {
	const count = 8
	s := newSSHD(t).start()
	meet := fmt.Sprintf(`cd %s; mkdir -p met; touch met/$$; i=0
until [ $(ls met | wc -l) -ge %d ]; do sleep .05; i=$((i+1)); [ $i -lt 400 ] || exit 9; done`, s.dir, count)
	var all sync.WaitGroup
	e := newEngine(t, remoteCommand)
	inputs := e.check(map[string]any{"connection": s.connection(), "create": meet})
	for range count {
		all.Go(func() {
			if _, err := e.server.Create(p.CreateRequest{Urn: e.urn, Properties: inputs}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestCancelEndsARemoteCommand(t *testing.T) {
	s := newSSHD(t).start()
	file := filepath.Join(s.dir, "started")
	e := newEngine(t, remoteCommand)
	ended := make(chan error)
	go func() {
		ended <- e.create(map[string]any{"connection": s.connection(), "create": "touch " + file + "; exec sleep 60"})
	}()
	eventually(t, "the command runs", func() bool { _, err := os.Stat(file); return err == nil })
	must(t, e.server.Cancel())
	failsWith(t, <-ended, "cancel")
}
