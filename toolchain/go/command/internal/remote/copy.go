package remote

import (
	"context"

	"github.com/pkg/sftp"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/infer/types"

	"hardway/command/internal/common"
)

// CopyToRemote is the resource command:remote:CopyToRemote.
type CopyToRemote struct{}

// CopyToRemoteInputs are its inputs.
type CopyToRemoteInputs struct {
	Connection *Connection          `pulumi:"connection" provider:"secret"`
	Triggers   *[]any               `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Source     types.AssetOrArchive `pulumi:"source"`
	RemotePath string               `pulumi:"remotePath"`
}

// CopyToRemoteOutputs are its outputs, which are its inputs.
type CopyToRemoteOutputs struct{ CopyToRemoteInputs }

// Annotate names the resource and describes it in the schema.
func (c *CopyToRemote) Annotate(a infer.Annotator) {
	a.SetToken("remote", "CopyToRemote")
	a.Describe(&c, "Copy an Asset or Archive to a remote host.")
}

// Annotate describes the inputs in the schema.
func (in *CopyToRemoteInputs) Annotate(a infer.Annotator) {
	a.Describe(&in.Connection, "The parameters with which to connect to the remote host.")
	a.Describe(&in.Triggers, "Trigger replacements on changes to this input.")
	a.Describe(&in.Source, "A FileAsset, StringAsset or FileArchive. Archives are copied as they are, not unpacked; "+
		"directories recursively, overwriting existing files.")
	a.Describe(&in.RemotePath, "The destination path on the remote host. Parent directories are created. "+
		"Into an existing directory the source is copied under its own name; an existing file is overwritten.")
}

// Check refuses sources that are neither a local path nor a text.
func (*CopyToRemote) Check(
	ctx context.Context, req infer.CheckRequest,
) (infer.CheckResponse[CopyToRemoteInputs], error) {
	inputs, failures, err := infer.DefaultCheck[CopyToRemoteInputs](ctx, req.NewInputs)
	resp := infer.CheckResponse[CopyToRemoteInputs]{Inputs: inputs, Failures: failures}
	if err != nil || len(failures) > 0 || req.NewInputs.Get("source").HasComputed() {
		return resp, err
	}
	asset, archive := inputs.Source.Asset, inputs.Source.Archive
	fail := func(reason string) {
		resp.Failures = append(resp.Failures, p.CheckFailure{Property: "source", Reason: reason})
	}
	switch {
	case (asset == nil) == (archive == nil):
		fail("exactly one asset or archive must be set")
	case asset != nil && !asset.IsPath() && !asset.IsText():
		fail("asset must be a FileAsset or a StringAsset")
	case archive != nil && !archive.IsPath():
		fail("archive must be a FileArchive, a path to a file or directory")
	}
	return resp, nil
}

// Create copies the source.
func (*CopyToRemote) Create(
	ctx context.Context, req infer.CreateRequest[CopyToRemoteInputs],
) (infer.CreateResponse[CopyToRemoteOutputs], error) {
	resp := infer.CreateResponse[CopyToRemoteOutputs]{Output: CopyToRemoteOutputs{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	err := req.Inputs.upload(ctx)
	if err == nil {
		resp.ID, err = common.NewID("")
	}
	return resp, err
}

// Update copies again when the content or the destination changed. Another connection alone copies nothing, as with
// the publisher's provider: name the machine in the triggers.
func (*CopyToRemote) Update(
	ctx context.Context, req infer.UpdateRequest[CopyToRemoteInputs, CopyToRemoteOutputs],
) (infer.UpdateResponse[CopyToRemoteOutputs], error) {
	var err error
	changed := req.Inputs.hash() != req.State.hash() || req.Inputs.RemotePath != req.State.RemotePath
	if changed && !req.DryRun {
		err = req.Inputs.upload(ctx)
	}
	return infer.UpdateResponse[CopyToRemoteOutputs]{Output: CopyToRemoteOutputs{req.Inputs}}, err
}

// hash returns the hash of the source's content.
func (in *CopyToRemoteInputs) hash() string {
	switch {
	case in.Source.Archive != nil:
		return in.Source.Archive.Hash
	case in.Source.Asset != nil:
		return in.Source.Asset.Hash
	}
	return ""
}

// upload copies the source over a connection of its own.
func (in *CopyToRemoteInputs) upload(ctx context.Context) error {
	client, err := in.Connection.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	defer context.AfterFunc(ctx, func() { client.Close() })()
	files, err := sftp.NewClient(client.Client, sftp.UseConcurrentWrites(true))
	if err != nil {
		return err
	}
	defer files.Close()
	up := uploader{files}
	if asset := in.Source.Asset; asset != nil && asset.IsText() {
		err = up.text(asset.Text, in.RemotePath)
	} else if asset != nil {
		err = up.path(asset.Path, in.RemotePath)
	} else {
		err = up.path(in.Source.Archive.Path, in.RemotePath)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
