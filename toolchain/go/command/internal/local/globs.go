package local

import (
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/gobwas/glob"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// collect sets the assets and the archive from the files in dir that the inputs name.
func (c *CommandOutputs) collect(dir string) error {
	if c.AssetPaths != nil {
		assets, err := find(dir, *c.AssetPaths)
		if err != nil {
			return err
		}
		c.Assets = &assets
	}
	if c.ArchivePaths != nil {
		found, err := find(dir, *c.ArchivePaths)
		if err != nil {
			return err
		}
		members := map[string]any{}
		for name, asset := range found {
			members[name] = asset
		}
		if c.Archive, err = resource.NewAssetArchive(members); err != nil {
			return err
		}
	}
	return nil
}

// rule is one path glob; an excluding one takes out what those before it let in.
type rule struct {
	glob.Glob
	exclude bool
}

func parseRules(patterns []string) ([]rule, error) {
	rules := make([]rule, len(patterns))
	for i, pattern := range patterns {
		text, exclude := strings.CutPrefix(pattern, "!")
		compiled, err := glob.Compile(text, '/')
		if err != nil {
			return nil, err
		}
		rules[i] = rule{compiled, exclude}
	}
	return rules, nil
}

// find returns the files below dir that the patterns name, by their path relative to dir.
func find(dir string, patterns []string) (map[string]*resource.Asset, error) {
	rules, err := parseRules(patterns)
	if err != nil {
		return nil, err
	}
	found := map[string]*resource.Asset{}
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		wanted := false
		for _, rule := range rules {
			if rule.Match(name) {
				wanted = !rule.exclude
			}
		}
		if wanted {
			found[name], err = resource.NewPathAsset(path.Join(dir, name))
		}
		return err
	})
	return found, err
}
