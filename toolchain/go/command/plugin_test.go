package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

const (
	remoteCommand = "command:remote:Command"
	copyToRemote  = "command:remote:CopyToRemote"
	localCommand  = "command:local:Command"
)

// asPlugin makes the test binary serve as the plugin itself.
const asPlugin = "HARDWAY_TEST_AS_PLUGIN"

func TestMain(m *testing.M) {
	if os.Getenv(asPlugin) != "" {
		main()
		return
	}
	os.Unsetenv("SSH_AUTH_SOCK")
	os.Exit(m.Run())
}

// engine drives one resource of the plugin as Pulumi's engine does.
type engine struct {
	t      *testing.T
	server integration.Server
	urn    resource.URN
	id     string
	inputs property.Map
	state  property.Map
}

func newEngine(t *testing.T, token string) *engine {
	t.Helper()
	prov, err := provider()
	must(t, err)
	server, err := integration.NewServer(
		context.Background(), "command", semver.MustParse(version), integration.WithProvider(prov))
	must(t, err)
	return &engine{t: t, server: server, urn: resource.URN("urn:pulumi:s::p::" + token + "::it")}
}

// values converts plain Go values to inputs.
func values(inputs map[string]any) property.Map {
	return resource.FromResourcePropertyValue(
		resource.NewProperty(resource.NewPropertyMapFromMap(inputs))).AsMap()
}

// wire passes properties through the engine's protocol: only there do assets become assets again.
func (e *engine) wire(properties property.Map) property.Map {
	e.t.Helper()
	options := plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true}
	sent, err := plugin.MarshalProperties(
		resource.ToResourcePropertyValue(property.New(properties)).ObjectValue(), options)
	must(e.t, err)
	got, err := plugin.UnmarshalProperties(sent, options)
	must(e.t, err)
	return resource.FromResourcePropertyValue(resource.NewProperty(got)).AsMap()
}

func (e *engine) check(inputs map[string]any) property.Map {
	e.t.Helper()
	resp, err := e.server.Check(p.CheckRequest{Urn: e.urn, State: e.inputs, Inputs: values(inputs)})
	must(e.t, err)
	if len(resp.Failures) > 0 {
		e.t.Fatalf("check: %v", resp.Failures)
	}
	return e.wire(resp.Inputs)
}

func (e *engine) create(inputs map[string]any) error {
	e.t.Helper()
	checked := e.check(inputs)
	resp, err := e.server.Create(p.CreateRequest{Urn: e.urn, Properties: checked})
	if err == nil {
		e.id, e.inputs, e.state = resp.ID, checked, e.wire(resp.Properties)
	}
	return err
}

func (e *engine) update(inputs map[string]any) error {
	e.t.Helper()
	checked := e.check(inputs)
	resp, err := e.server.Update(p.UpdateRequest{
		ID: e.id, Urn: e.urn, State: e.state, OldInputs: e.inputs, Inputs: checked})
	if err == nil {
		e.inputs, e.state = checked, e.wire(resp.Properties)
	}
	return err
}

// diff returns the change that new inputs mean: "none", "update" or "replace".
func (e *engine) diff(inputs map[string]any) string {
	e.t.Helper()
	resp, err := e.server.Diff(p.DiffRequest{
		ID: e.id, Urn: e.urn, State: e.state, OldInputs: e.inputs, Inputs: e.check(inputs)})
	must(e.t, err)
	kind := "none"
	if resp.HasChanges {
		kind = "update"
	}
	for _, change := range resp.DetailedDiff {
		if strings.Contains(fmt.Sprint(change.Kind), "replace") {
			kind = "replace"
		}
	}
	return kind
}

func (e *engine) delete() error {
	return e.server.Delete(p.DeleteRequest{ID: e.id, Urn: e.urn, Properties: e.state})
}

// text returns a string output, "" where it is none.
func (e *engine) text(name string) string {
	value := e.state.Get(name)
	if !value.IsString() {
		return ""
	}
	return value.AsString()
}

func (e *engine) expect(name, want string) {
	e.t.Helper()
	if got := e.text(name); got != want {
		e.t.Errorf("%s is %q, expected %q", name, got, want)
	}
}

// failsWith checks that err is there and contains every one of the texts.
func failsWith(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error lacks %q: %v", text, err)
		}
	}
}

// captureLog returns what is sent to the engine's log from now until the test's end.
func captureLog(t *testing.T) *lockedBuffer {
	t.Helper()
	log, old := &lockedBuffer{}, slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
	return log
}

// with returns a copy of inputs with more in it; nil removes.
func with(inputs map[string]any, changes ...any) map[string]any {
	result := map[string]any{}
	for key, value := range inputs {
		result[key] = value
	}
	for i := 0; i < len(changes); i += 2 {
		if result[changes[i].(string)] = changes[i+1]; changes[i+1] == nil {
			delete(result, changes[i].(string))
		}
	}
	return result
}
