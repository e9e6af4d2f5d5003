package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func TestLocalCommandHasItsSurroundings(t *testing.T) {
	dir := t.TempDir()
	e := newEngine(t, localCommand)
	must(t, e.create(map[string]any{
		"create": "pwd; echo $A; cat; echo err >&2", "dir": dir, "stdin": "in\n", "environment": map[string]any{"A": "b"}}))
	e.expect("stdout", dir+"\nb\nin")
	e.expect("stderr", "err")
	must(t, e.update(map[string]any{"create": "$0", "interpreter": []any{"/bin/echo", "-n"}}))
	e.expect("stdout", "$0")
	failsWith(t, e.create(map[string]any{"create": "echo why; exit 3"}), "exit status 3", "exit 3", "why")
	failsWith(t, e.create(map[string]any{"create": "true", "dir": filepath.Join(dir, "none")}), "none")
}

func TestLocalUpdateDeleteAndDiff(t *testing.T) {
	file := filepath.Join(t.TempDir(), "deleted")
	inputs := map[string]any{"create": "echo one", "triggers": []any{"a"},
		"update": "echo $PULUMI_COMMAND_STDOUT two", "delete": "echo $PULUMI_COMMAND_STDOUT >" + file}
	e := newEngine(t, localCommand)
	must(t, e.create(inputs))
	if got := e.diff(inputs) + e.diff(with(inputs, "dir", "/")) + e.diff(with(inputs, "triggers", nil)); got !=
		"noneupdatereplace" {
		t.Errorf("diffs: %s", got)
	}
	must(t, e.update(with(inputs, "stdin", "x")))
	e.expect("stdout", "one two")
	must(t, e.delete())
	if got, _ := os.ReadFile(file); string(got) != "one two\n" {
		t.Errorf("delete saw %q", got)
	}
}

func TestLocalGlobsFollowTheirRulesInOrder(t *testing.T) {
	globs := []any{"assets/**", "src/**.js", "!**secret.*"}
	e := newEngine(t, localCommand)
	must(t, e.create(map[string]any{"dir": t.TempDir(), "assetPaths": globs, "archivePaths": globs, "create": `
mkdir -p assets/logos src; touch assets/logos/logo.svg src/index.js src/secret.js src/other.ts`}))
	want := []string{"assets/logos/logo.svg", "src/index.js"}
	if got := keys(e.state.Get("assets").AsMap()); !slices.Equal(got, want) {
		t.Errorf("assets %v, expected %v", got, want)
	}
	members, _ := e.state.Get("archive").AsArchive().GetAssets()
	if len(members) != len(want) {
		t.Errorf("archive members: %v, expected %v", members, want)
	}
}

func keys(m property.Map) []string {
	var names []string
	for name := range m.All {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestCancelEndsALocalCommandsWholeGroup(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	e := newEngine(t, localCommand)
	ended := make(chan error, 1)
	go func() {
		ended <- e.create(map[string]any{"create": "trap '' TERM; sleep 300 & echo $! >" + file + "; wait; wait"})
	}()
	child := 0
	eventually(t, "the command runs", func() bool { child = readPID(file); return child > 0 })
	must(t, e.server.Cancel())
	failsWith(t, <-ended, "cancel")
	eventually(t, "the command's child is gone", func() bool { return !alive(child) })
}

func TestPluginEndsWithItsEngine(t *testing.T) {
	self, err := os.Executable()
	must(t, err)
	parent := exec.Command("/bin/sh", "-c", `"$0" & echo plugin=$!; wait`, self)
	parent.Env = append(os.Environ(), asPlugin+"=1")
	out, err := parent.StdoutPipe()
	must(t, err)
	must(t, parent.Start())
	t.Cleanup(func() { _ = parent.Process.Kill(); _ = parent.Wait() })
	plugin, serves := 0, false
	for lines := bufio.NewScanner(out); (plugin == 0 || !serves) && lines.Scan(); {
		if pid, ok := strings.CutPrefix(lines.Text(), "plugin="); ok {
			plugin, err = strconv.Atoi(pid)
			must(t, err)
			t.Cleanup(func() { _ = syscall.Kill(plugin, syscall.SIGKILL) })
		} else {
			serves = true // the port, which the plugin prints when it listens
		}
	}
	if !serves || !alive(plugin) {
		t.Fatal("the plugin did not start")
	}
	must(t, parent.Process.Kill())
	eventually(t, "the plugin is gone", func() bool { return !alive(plugin) })
}

func readPID(file string) int {
	text, _ := os.ReadFile(file)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}

// alive tells whether the process runs; a zombie that nobody waits for does not.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
