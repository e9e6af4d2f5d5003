// The indirect requirements and go.sum are filled in by the build (-mod=mod); the pins below decide them.
module hardway.local/kubernetes

go 1.26

require (
	github.com/pulumi/pulumi-kubernetes/provider/v4 v4.0.0-20240930223531-b7dae6b4ea56
	github.com/pulumi/pulumi-kubernetes/sdk/v4 v4.18.1
)
