package main

import (
	_ "github.com/pkg/sftp"
	_ "github.com/pulumi/pulumi-go-provider/infer"
	_ "golang.org/x/crypto/ssh"
)

func main() {}
