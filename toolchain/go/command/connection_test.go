package main

import (
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

func TestHostKeyIsChecked(t *testing.T) {
	s, other := newSSHD(t).start(), newSSHD(t)
	for _, key := range s.hostKeys {
		e := newEngine(t, remoteCommand)
		must(t, e.create(map[string]any{"connection": s.connection("hostKey", authorized(key)), "create": "true"}))
	}
	must(t, newEngine(t, remoteCommand).create(map[string]any{
		"connection": s.connection("hostKey", nil), "create": "true"}))
	logins, log := s.logins(), captureLog(t)
	wrong := other.hostKeys[0]
	proxy := s.connection("hostKey", authorized(wrong))
	for _, connection := range []map[string]any{proxy, s.connection("proxy", proxy)} {
		err := newEngine(t, remoteCommand).create(map[string]any{"connection": connection, "create": "true"})
		failsWith(t, err, "host key", "expected ssh-ed25519 "+ssh.FingerprintSHA256(wrong),
			"presents ssh-ed25519 "+ssh.FingerprintSHA256(s.hostKeys[0]))
	}
	if s.logins() != logins || strings.Contains(log.String(), "retrying") {
		t.Errorf("a wrong host key was accepted or tried again: %s", log)
	}
	failsWith(t, newEngine(t, remoteCommand).create(map[string]any{
		"connection": s.connection("hostKey", "nonsense"), "create": "true"}), "hostKey", "authorized_keys")
	logins = s.logins()
	for _, blank := range []string{"", " \n"} {
		for _, connection := range []map[string]any{
			s.connection("hostKey", blank), s.connection("proxy", s.connection("hostKey", blank))} {
			failsWith(t, newEngine(t, remoteCommand).create(map[string]any{
				"connection": connection, "create": "true"}), "hostKey of 127.0.0.1", "is blank")
		}
	}
	if s.logins() != logins {
		t.Error("a blank host key let us log in")
	}
}

func TestDialTriesAgainUntilTheServerListens(t *testing.T) {
	s, log := newSSHD(t), captureLog(t)
	ended := make(chan error, 1)
	go func() {
		ended <- newEngine(t, remoteCommand).create(map[string]any{
			"connection": s.connection("dialErrorLimit", -1.0), "create": "true"})
	}()
	eventually(t, "two dials failed", func() bool { return strings.Contains(log.String(), "Dial 2/inf failed") })
	s.start()
	must(t, <-ended)
}

func TestDialGivesUpAtTheLimit(t *testing.T) {
	s, log := newSSHD(t), captureLog(t)
	err := newEngine(t, remoteCommand).create(map[string]any{
		"connection": s.connection("dialErrorLimit", 2.0), "create": "true"})
	failsWith(t, err, "after 2 failed attempts", "connection refused")
	if strings.Count(log.String(), "retrying") != 2 {
		t.Errorf("not two more tries: %s", log)
	}
}

func TestASilentServerDoesNotHold(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	s := newSSHD(t)
	s.port = listener.Addr().(*net.TCPAddr).Port
	err = newEngine(t, remoteCommand).create(map[string]any{
		"connection": s.connection("dialErrorLimit", 0.0, "perDialTimeout", 1.0), "create": "true"})
	failsWith(t, err, "no SSH handshake")
}

func TestCancelEndsDialling(t *testing.T) {
	s, log := newSSHD(t), captureLog(t)
	e := newEngine(t, remoteCommand)
	ended := make(chan error, 1)
	go func() {
		ended <- e.create(map[string]any{"connection": s.connection("dialErrorLimit", -1.0), "create": "true"})
	}()
	eventually(t, "a dial failed", func() bool { return strings.Contains(log.String(), "retrying") })
	must(t, e.server.Cancel())
	select {
	case err := <-ended:
		failsWith(t, err, "cancel")
	case <-time.After(20 * time.Second):
		t.Fatal("still dialling after cancel")
	}
}

func TestProxyIsTheWay(t *testing.T) {
	s := newSSHD(t).start()
	e := newEngine(t, remoteCommand)
	must(t, e.create(map[string]any{"connection": s.connection("proxy", s.connection()), "create": "echo through"}))
	e.expect("stdout", "through")
	if s.logins() != 2 {
		t.Errorf("%d logins, expected the proxy's and the target's", s.logins())
	}
}

func TestAWrongLoginKeyIsRefused(t *testing.T) {
	s, other := newSSHD(t).start(), newSSHD(t)
	err := newEngine(t, remoteCommand).create(map[string]any{
		"connection": s.connection("privateKey", other.privateKey, "dialErrorLimit", 0.0), "create": "true"})
	failsWith(t, err, "unable to authenticate")
	err = newEngine(t, remoteCommand).create(map[string]any{
		"connection": s.connection("privateKey", "no key"), "create": "true"})
	failsWith(t, err, "private key for 127.0.0.1")
	if strings.Contains(err.Error(), "no key for") {
		t.Errorf("the key is in the error: %v", err)
	}
}
