package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/retry"
	"golang.org/x/crypto/ssh"
)

// dialFunc opens the connection that SSH then runs over: plain TCP, or a channel of a proxy's connection.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// client is an SSH connection together with the proxy's connection it runs over.
type client struct {
	*ssh.Client
	proxy *ssh.Client
}

// Close closes the connection and then the proxy's.
func (c *client) Close() error {
	err := c.Client.Close()
	if c.proxy != nil {
		err = errors.Join(err, c.proxy.Close())
	}
	return err
}

// dial connects to the remote host, by its proxy if it has one, and tries again as the limits allow.
func (c *Connection) dial(ctx context.Context) (*client, error) {
	result := &client{}
	dial := new(net.Dialer).DialContext
	if c.Proxy != nil {
		proxy, err := c.Proxy.connect(ctx, "Dial proxy", dial)
		if err != nil {
			return nil, fmt.Errorf("proxy: %w", err)
		}
		result.proxy, dial = proxy, proxy.DialContext
	}
	target, err := c.connect(ctx, "Dial", dial)
	if err != nil {
		if result.proxy != nil {
			result.proxy.Close()
		}
		return nil, err
	}
	result.Client = target
	return result, nil
}

func (e *Endpoint) address() string {
	return net.JoinHostPort(e.Host, strconv.Itoa(int(or(e.Port, 22))))
}

// connect tries until it succeeds, the errors exceed dialErrorLimit, or the context ends. The pauses grow from 0.1 s
// by half each time, to at most 5 s.
func (e *Endpoint) connect(ctx context.Context, what string, dial dialFunc) (*ssh.Client, error) {
	config, closeAgent, err := e.clientConfig()
	if err != nil {
		return nil, err
	}
	defer closeAgent()
	limit := or(e.DialErrorLimit, 10)
	shown := "inf"
	if limit >= 0 {
		shown = strconv.Itoa(limit)
	}
	ok, result, err := retry.Until(ctx, retry.Acceptor{Accept: func(try int, _ time.Duration) (bool, any, error) {
		client, err := e.attempt(ctx, dial, config)
		switch {
		case err == nil:
			return true, client, nil
		case errors.Is(err, errHostKey):
			return false, nil, err
		case limit >= 0 && try >= limit:
			return false, nil, fmt.Errorf("after %d failed attempts: %w", try, err)
		}
		p.GetLogger(ctx).InfoStatusf("%s %d/%s failed: retrying (%v)", what, try+1, shown, err)
		return false, nil, nil
	}})
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("connecting to %s: %w", e.address(), context.Cause(ctx))
	}
	return result.(*ssh.Client), nil
}

// attempt dials once. perDialTimeout covers all of it: a server that accepts and then says nothing must not hold us.
func (e *Endpoint) attempt(ctx context.Context, dial dialFunc, config *ssh.ClientConfig) (*ssh.Client, error) {
	if seconds := or(e.PerDialTimeout, 15); seconds > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
		defer cancel()
	}
	conn, err := dial(ctx, "tcp", e.address())
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	sshConn, channels, requests, err := ssh.NewClientConn(conn, e.address(), config)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		if ctx.Err() != nil {
			err = fmt.Errorf("no SSH handshake with %s in time: %w", e.address(), ctx.Err())
		}
		return nil, err
	}
	return ssh.NewClient(sshConn, channels, requests), nil
}
