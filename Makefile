.PHONY: jest
jest:
	NODE_OPTIONS=--experimental-vm-modules node node_modules/jest/bin/jest.js $(ARGS)
