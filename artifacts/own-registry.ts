/** Name of the registry of images that are ours: they have no publisher and are always built. */
export const ownRegistry = 'registry.hardway.local';
