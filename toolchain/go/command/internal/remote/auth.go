package remote

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// errHostKey marks a refused host key: trying again would not make it right.
var errHostKey = errors.New("host key mismatch")

// clientConfig returns the endpoint's SSH settings and a function that lets go of the agent's socket.
func (e *Endpoint) clientConfig() (*ssh.ClientConfig, func(), error) {
	config := &ssh.ClientConfig{User: or(e.User, "root")}
	if err := e.pinHostKey(config); err != nil {
		return nil, nil, err
	}
	var signers []ssh.Signer
	if e.PrivateKey != nil {
		signer, err := parseKey(*e.PrivateKey, e.PrivateKeyPassword)
		if err != nil {
			return nil, nil, fmt.Errorf("private key for %s: %w", e.address(), err)
		}
		signers = append(signers, signer)
	}
	sshAgent, closeAgent, err := e.dialAgent(len(signers) > 0 || e.Password != nil)
	if err != nil {
		return nil, nil, err
	}
	// One method for both: x/crypto tries each kind of method once, a second list of keys would be left out.
	config.Auth = []ssh.AuthMethod{ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
		if sshAgent == nil {
			return signers, nil
		}
		more, err := sshAgent.Signers()
		return append(slices.Clone(signers), more...), err
	})}
	if e.Password != nil {
		answer := func(_, _ string, questions []string, _ []bool) ([]string, error) {
			return slices.Repeat([]string{*e.Password}, len(questions)), nil
		}
		config.Auth = append(config.Auth, ssh.Password(*e.Password), ssh.KeyboardInteractive(answer))
	}
	return config, closeAgent, nil
}

func parseKey(pem string, password *string) (ssh.Signer, error) {
	if password != nil {
		return ssh.ParsePrivateKeyWithPassphrase([]byte(pem), []byte(*password))
	}
	return ssh.ParsePrivateKey([]byte(pem))
}

// dialAgent connects to the SSH agent, if there is one. An agent that only the environment names may be gone when
// there is another way to authenticate.
func (e *Endpoint) dialAgent(optional bool) (agent.Agent, func(), error) {
	path := or(e.AgentSocketPath, os.Getenv("SSH_AUTH_SOCK"))
	if path == "" {
		return nil, func() {}, nil
	}
	conn, err := net.Dial("unix", path)
	if err != nil && optional && e.AgentSocketPath == nil {
		return nil, func() {}, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("SSH agent: %w", err)
	}
	return agent.NewClient(conn), func() { conn.Close() }, nil
}

// pinHostKey makes the connection refuse every host key but the expected one, if one is given. A blank one is an
// error: whoever sets the property wants the key checked.
func (e *Endpoint) pinHostKey(config *ssh.ClientConfig) error {
	if e.HostKey == nil {
		config.HostKeyCallback = ssh.InsecureIgnoreHostKey()
		return nil
	}
	if strings.TrimSpace(*e.HostKey) == "" {
		return fmt.Errorf("hostKey of %s is blank: no host key would be checked. "+
			"Fix: set it to the host's public key, or leave it out to accept any", e.address())
	}
	want, _, _, _, err := ssh.ParseAuthorizedKey([]byte(*e.HostKey))
	if err != nil {
		return fmt.Errorf("hostKey of %s is not a public key in authorized_keys format: %w", e.address(), err)
	}
	config.HostKeyAlgorithms = preferring(want.Type())
	config.HostKeyCallback = func(_ string, _ net.Addr, got ssh.PublicKey) error {
		if string(got.Marshal()) == string(want.Marshal()) {
			return nil
		}
		return fmt.Errorf("%w: %s presents %s %s, expected %s %s", errHostKey, e.address(),
			got.Type(), ssh.FingerprintSHA256(got), want.Type(), ssh.FingerprintSHA256(want))
	}
	return nil
}

// preferring returns all host key algorithms, those of keyType first: a server with several keys must present the
// expected one, and one that lacks it must still show which it has.
func preferring(keyType string) []string {
	first := []string{keyType}
	if keyType == ssh.KeyAlgoRSA {
		first = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA}
	}
	for _, algorithm := range ssh.SupportedAlgorithms().HostKeys {
		if !slices.Contains(first, algorithm) {
			first = append(first, algorithm)
		}
	}
	return first
}
