package remote

import "github.com/pulumi/pulumi-go-provider/infer"

// Endpoint says how to reach and enter one SSH server.
type Endpoint struct {
	User               *string  `pulumi:"user,optional"`
	Password           *string  `pulumi:"password,optional"`
	Host               string   `pulumi:"host"`
	Port               *float64 `pulumi:"port,optional"`
	PrivateKey         *string  `pulumi:"privateKey,optional"`
	PrivateKeyPassword *string  `pulumi:"privateKeyPassword,optional"`
	HostKey            *string  `pulumi:"hostKey,optional"`
	AgentSocketPath    *string  `pulumi:"agentSocketPath,optional"`
	DialErrorLimit     *int     `pulumi:"dialErrorLimit,optional"`
	PerDialTimeout     *int     `pulumi:"perDialTimeout,optional"`
}

// Annotate describes the fields and their defaults in the schema.
func (e *Endpoint) Annotate(a infer.Annotator) {
	a.Describe(&e.User, "The user that we should use for the connection.")
	a.SetDefault(&e.User, "root")
	a.Describe(&e.Password, "The password we should use for the connection.")
	a.Describe(&e.Host, "The address of the resource to connect to.")
	a.Describe(&e.Port, "The port to connect to. Defaults to 22.")
	a.SetDefault(&e.Port, 22.0)
	a.Describe(&e.PrivateKey, "The contents of an SSH key to use for the connection, tried before the password.")
	a.Describe(&e.PrivateKeyPassword, "The password to use in case the private key is encrypted.")
	a.Describe(&e.HostKey,
		"The expected host key, as in authorized_keys. If not provided, the host key will be ignored.")
	a.Describe(&e.AgentSocketPath, "SSH Agent socket path. Default to environment variable SSH_AUTH_SOCK if present.")
	a.Describe(&e.DialErrorLimit,
		"Max allowed errors on trying to dial the remote host. -1 set count to unlimited. Default value is 10.")
	a.SetDefault(&e.DialErrorLimit, 10)
	a.Describe(&e.PerDialTimeout,
		"Max number of seconds for each dial attempt. 0 implies no maximum. Default value is 15 seconds.")
	a.SetDefault(&e.PerDialTimeout, 15)
}

// Connection is the schema's type of the same name.
type Connection struct {
	Endpoint
	Proxy *ProxyConnection `pulumi:"proxy,optional"`
}

// Annotate describes the type in the schema.
func (c *Connection) Annotate(a infer.Annotator) {
	a.SetToken("remote", "Connection")
	a.Describe(&c, "Instructions for how to connect to a remote endpoint.")
	a.Describe(&c.Proxy, "The connection settings for the bastion/proxy host.")
}

// ProxyConnection is the schema's type of the same name.
type ProxyConnection struct{ Endpoint }

// Annotate describes the type in the schema.
func (c *ProxyConnection) Annotate(a infer.Annotator) {
	a.SetToken("remote", "ProxyConnection")
	a.Describe(&c, "Instructions for how to connect to a remote endpoint via a bastion host.")
}

// or returns what value points to, fallback where it is nil.
func or[T any](value *T, fallback T) T {
	if value == nil {
		return fallback
	}
	return *value
}
