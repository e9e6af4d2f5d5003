package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// fileAsset and fileArchive are made anew for each call: their hash is taken when they are made, as in the SDK.
func fileAsset(t *testing.T, path string) *resource.Asset {
	t.Helper()
	asset, err := resource.NewPathAsset(path)
	must(t, err)
	return asset
}

func fileArchive(t *testing.T, path string) *resource.Archive {
	t.Helper()
	archive, err := resource.NewPathArchive(path)
	must(t, err)
	return archive
}

func textAsset(t *testing.T, text string) *resource.Asset {
	t.Helper()
	asset, err := resource.NewTextAsset(text)
	must(t, err)
	return asset
}

// tree lists the files below dir with their content.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	must(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			content, _ := os.ReadFile(path)
			name, _ := filepath.Rel(dir, path)
			files = append(files, name+"="+string(content))
		}
		return err
	}))
	return files
}

func TestCopyPutsFilesWhereTheTableSays(t *testing.T) {
	s := newSSHD(t).start()
	source := filepath.Join(s.dir, "src")
	must(t, os.MkdirAll(filepath.Join(source, "sub"), 0o755))
	must(t, os.WriteFile(filepath.Join(source, "a"), []byte("A"), 0o644))
	must(t, os.WriteFile(filepath.Join(source, "sub", "b"), []byte("B"), 0o644))
	for _, c := range []struct {
		name, dest string
		source     any
		want       []string
	}{
		{"file to a new path", "x/y/z", fileAsset(t, source+"/a"), []string{"x/y/z=A"}},
		{"file into a directory", "old", fileAsset(t, source+"/a"), []string{"old/a=A"}},
		{"text", "x/t", textAsset(t, "T"), []string{"x/t=T"}},
		{"directory", "new", fileArchive(t, source), []string{"new/src/a=A", "new/src/sub/b=B"}},
		{"directory's entries", "old", fileArchive(t, source+"/"), []string{"old/a=A", "old/sub/b=B"}},
	} {
		dest := t.TempDir()
		must(t, os.Mkdir(filepath.Join(dest, "old"), 0o755))
		must(t, newEngine(t, copyToRemote).create(map[string]any{
			"connection": s.connection(), "source": c.source, "remotePath": filepath.Join(dest, c.dest)}))
		if got := tree(t, dest); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, expected %v", c.name, got, c.want)
		}
	}
	failsWith(t, newEngine(t, copyToRemote).create(map[string]any{
		"connection": s.connection(), "source": textAsset(t, "T"), "remotePath": source}), "is a directory")
}

func TestCopyAgainOnlyWhenTheContentChanged(t *testing.T) {
	s := newSSHD(t).start()
	dest := filepath.Join(s.dir, "dest")
	inputs := map[string]any{
		"connection": s.connection(), "source": textAsset(t, "one"), "remotePath": dest, "triggers": []any{"a"}}
	e := newEngine(t, copyToRemote)
	must(t, e.create(inputs))
	must(t, os.WriteFile(dest, []byte("local change"), 0o644))
	must(t, e.update(with(inputs, "connection", s.connection("perDialTimeout", 20.0))))
	if got, _ := os.ReadFile(dest); string(got) != "local change" {
		t.Errorf("copied again for a connection alone: %q", got)
	}
	changed := with(inputs, "source", textAsset(t, "two"))
	if e.diff(changed) != "update" || e.diff(with(inputs, "triggers", []any{"b"})) != "replace" {
		t.Error("changed content must update, changed triggers must replace")
	}
	must(t, e.update(changed))
	if got, _ := os.ReadFile(dest); string(got) != "two" {
		t.Errorf("not copied: %q", got)
	}
	must(t, e.delete())
	if got, _ := os.ReadFile(dest); string(got) != "two" {
		t.Errorf("delete touched the file: %q", got)
	}
}

func TestCopyRefusesOtherSources(t *testing.T) {
	archive, err := resource.NewAssetArchive(map[string]any{"member": textAsset(t, "T")})
	must(t, err)
	e := newEngine(t, copyToRemote)
	resp, err := e.server.Check(p.CheckRequest{Urn: e.urn, Inputs: e.wire(values(map[string]any{
		"connection": map[string]any{"host": "h"}, "source": archive, "remotePath": "/x"}))})
	must(t, err)
	if len(resp.Failures) != 1 || !strings.Contains(resp.Failures[0].Reason, "FileArchive") {
		t.Errorf("failures: %v", resp.Failures)
	}
}
