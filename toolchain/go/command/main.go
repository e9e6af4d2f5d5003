// Command pulumi-resource-command is hardway's stand-in for the publisher's command provider. It serves the three
// resources in use (remote.Command, remote.CopyToRemote, local.Command) where the publisher's plugin cannot be had.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"hardway/command/internal/local"
	"hardway/command/internal/remote"
)

// version is that of the SDK whose schema is served.
const version = "1.2.1"

// killGrace is how long cancelled commands get to end before the plugin exits.
const killGrace = 3 * time.Second

// provider returns the plugin's resources, ready to serve.
func provider() (p.Provider, error) {
	prov, err := infer.NewProviderBuilder().
		WithDisplayName("Command").
		WithDescription("hardway's stand-in for the Pulumi Command Provider: commands and copies, local and over SSH.").
		WithNamespace("pulumi").
		WithResources(
			infer.Resource(&local.Command{}),
			infer.Resource(&remote.Command{}),
			infer.Resource(&remote.CopyToRemote{}),
		).Build()
	if err != nil {
		return prov, err
	}
	prov.Diff = replaceOnTriggers(prov.Diff)
	prov.Update = unknownUntilRun(prov.Update)
	return prov, nil
}

func main() {
	if len(os.Args) == 2 && (os.Args[1] == "-version" || os.Args[1] == "--version") {
		fmt.Println(version)
		return
	}
	prov, err := provider()
	if err == nil {
		go endWithEngine(prov)
		err = p.RunProvider(context.Background(), "command", version, prov)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// endWithEngine cancels everything under way and exits when the engine is gone or asks by signal. The plugin host's
// own health check does not end the process, and a killed engine sends no Cancel.
func endWithEngine(prov p.Provider) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	engine := os.Getppid()
	for poll := time.NewTicker(500 * time.Millisecond); os.Getppid() == engine; {
		select {
		case <-poll.C:
			continue
		case <-signals:
		}
		break
	}
	_ = prov.Cancel(context.Background())
	local.WaitIdle(killGrace)
	os.Exit(1)
}
