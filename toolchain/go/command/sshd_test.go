package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// sshd is a real SSH server on a port of its own, with keys of its own, for one test.
type sshd struct {
	t          *testing.T
	dir        string
	port       int
	user       string
	privateKey string
	hostKeys   []ssh.PublicKey // ed25519, ecdsa
	log        lockedBuffer
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(data []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(data)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// newSSHD prepares a server; start starts it.
func newSSHD(t *testing.T) *sshd {
	t.Helper()
	me, err := user.Current()
	must(t, err)
	s := &sshd{t: t, dir: t.TempDir(), port: freePort(t), user: me.Username}
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, login, _ := ed25519.GenerateKey(rand.Reader)
	s.hostKeys = append(s.hostKeys, s.key("host-ed25519", ed), s.key("host-ecdsa", ec))
	s.write("authorized_keys", ssh.MarshalAuthorizedKey(s.key("login", login)))
	pemBytes, err := os.ReadFile(filepath.Join(s.dir, "login"))
	must(t, err)
	s.privateKey = string(pemBytes)
	s.write("sshd_config", fmt.Appendf(nil, `ListenAddress 127.0.0.1:%d
HostKey %s/host-ed25519
HostKey %s/host-ecdsa
AuthorizedKeysFile %s/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
AllowTcpForwarding yes
AcceptEnv TEST_* PULUMI_COMMAND_*
Subsystem sftp internal-sftp
MaxStartups 100
LogLevel VERBOSE
`, s.port, s.dir, s.dir, s.dir))
	return s
}

func (s *sshd) key(name string, private any) ssh.PublicKey {
	s.t.Helper()
	block, err := ssh.MarshalPrivateKey(private, name)
	must(s.t, err)
	s.write(name, pem.EncodeToMemory(block))
	signer, err := ssh.NewSignerFromKey(private)
	must(s.t, err)
	return signer.PublicKey()
}

func (s *sshd) write(name string, content []byte) {
	s.t.Helper()
	must(s.t, os.WriteFile(filepath.Join(s.dir, name), content, 0o600))
}

// start runs the server until the test ends. Without an sshd binary the test is skipped.
func (s *sshd) start() *sshd {
	s.t.Helper()
	binary, err := exec.LookPath("sshd")
	if err != nil {
		binary = "/usr/sbin/sshd" // not on every user's PATH
	}
	if _, err := os.Stat(binary); err != nil {
		s.t.Skip("no sshd on this machine: install openssh-server to run this test")
	}
	if os.Geteuid() == 0 {
		must(s.t, os.MkdirAll("/run/sshd", 0o755)) // privilege separation refuses to start without it
	}
	cmd := exec.Command(binary, "-D", "-e", "-f", filepath.Join(s.dir, "sshd_config"))
	cmd.Stderr = &s.log
	must(s.t, cmd.Start())
	s.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	eventually(s.t, "sshd listens", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return s
}

// connection returns the connection input, changed by the given pairs of key and value (nil removes).
func (s *sshd) connection(changes ...any) map[string]any {
	connection := map[string]any{
		"host": "127.0.0.1", "port": float64(s.port), "user": s.user, "privateKey": s.privateKey,
		"hostKey": authorized(s.hostKeys[0]),
	}
	for i := 0; i < len(changes); i += 2 {
		if connection[changes[i].(string)] = changes[i+1]; changes[i+1] == nil {
			delete(connection, changes[i].(string))
		}
	}
	return connection
}

// logins counts the accepted authentications.
func (s *sshd) logins() int { return strings.Count(s.log.String(), "Accepted publickey") }

func authorized(key ssh.PublicKey) string { return string(ssh.MarshalAuthorizedKey(key)) }

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until the condition holds, for at most 20 s.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("waited too long until %s", what)
}
