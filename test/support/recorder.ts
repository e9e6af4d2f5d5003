import * as pulumi from '@pulumi/pulumi';
import { awsOutputs } from './aws-outputs.ts';

/** What one registration really asked of the engine: mocks alone show neither parents nor dependencies. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly custom: boolean;
  readonly parent: string;
  readonly dependencies: readonly string[];
  readonly deletedWith: string;
  readonly deleteBeforeReplace: boolean;
  readonly protect: boolean;
  readonly provider: string;
  /** Properties whose changes are passed over. */
  readonly ignoreChanges: readonly string[];
  /** Inputs as they go over the wire: secrets are still wrapped, see {@link reveal}. */
  // biome-ignore lint/suspicious/noExplicitAny: the wire format of arbitrary resources
  readonly inputs: Record<string, any>;
}

const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';

/** Whether a value of the wire is a secret. */
export const isSecret = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && (value as Record<string, unknown>)[SIGNATURE] === SECRET;

/** A value of the wire with its secrets taken out of their wrapping. */
export function reveal(value: unknown): unknown {
  if (isSecret(value)) return reveal((value as { value: unknown }).value);
  if (Array.isArray(value)) return value.map(reveal);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
  }
  return value;
}

/** Every plain text in a value of the wire, secrets left out. */
export function plainTexts(value: unknown): string[] {
  if (isSecret(value)) return [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(plainTexts);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(plainTexts);
  return [];
}

/** What the mocks take for random. */
export const RANDOM = 'a random text that must not be seen';

/** Invented provider outputs, by resource type; enough for the program to run through. */
function outputsOf(args: pulumi.runtime.MockResourceArgs): Record<string, unknown> {
  const secret = `-----BEGIN TEST PRIVATE KEY-----\n${args.name}\n-----END TEST PRIVATE KEY-----\n`;
  switch (args.type) {
    case 'tls:index/privateKey:PrivateKey':
      return {
        ...args.inputs,
        privateKeyPem: secret,
        privateKeyOpenssh: secret,
        publicKeyPem: `public key of ${args.name}`,
        publicKeyOpenssh: `ssh-ed25519 ${args.name}\n`,
      };
    case 'tls:index/certRequest:CertRequest':
      return { ...args.inputs, certRequestPem: `request of ${args.name}` };
    case 'tls:index/selfSignedCert:SelfSignedCert':
    case 'tls:index/locallySignedCert:LocallySignedCert':
      return {
        ...args.inputs,
        certPem: `-----BEGIN CERTIFICATE-----\n${args.name}\n-----END CERTIFICATE-----\n`,
        validityEndTime: '2030-01-01T00:00:00Z',
      };
    case 'random:index/randomId:RandomId':
      return { ...args.inputs, hex: '0123456789abcdef' };
    case 'random:index/randomPassword:RandomPassword':
      return { ...args.inputs, result: RANDOM };
    case 'kubernetes:core/v1:Secret':
      // As read back from the API, which takes stringData and never gives it.
      return { ...args.inputs, stringData: null };
    default:
      return args.type.startsWith('aws:') ? awsOutputs(args) : { ...args.inputs };
  }
}

/**
 * Sets the mocks and records every registration. Call it before the program is imported; then import the program and
 * await {@link settled}.
 *
 * @param call answers what the program asks of providers; default what it asked with
 */
export function record(
  project: string,
  stack: string,
  config: Record<string, string>,
  call: (args: pulumi.runtime.MockCallArgs) => Record<string, unknown> = ({ inputs }) => inputs,
): Registration[] {
  const registrations: Registration[] = [];
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries(config).map(([key, value]) => [`${project}:${key}`, value])),
  );
  pulumi.runtime.setMocks(
    {
      newResource: (args) => ({ id: `${args.name}-id`, state: outputsOf(args) }),
      call,
    },
    project,
    stack,
    false,
  );
  // biome-ignore lint/suspicious/noExplicitAny: the SDK does not type its own monitor
  const monitor = pulumi.runtime.getMonitor() as any;
  const register = monitor.registerResource.bind(monitor);
  // biome-ignore lint/suspicious/noExplicitAny: a protobuf request and its callback
  monitor.registerResource = (request: any, callback: any) => {
    const parent: string = request.getParent();
    register(request, (error: unknown, response: { getUrn(): string }) => {
      if (!error) {
        registrations.push({
          type: request.getType(),
          name: request.getName(),
          urn: response.getUrn(),
          custom: request.getCustom(),
          parent,
          dependencies: request.getDependenciesList(),
          deletedWith: request.getDeletedwith(),
          deleteBeforeReplace: request.getDeletebeforereplace(),
          protect: request.getProtect(),
          provider: request.getProvider(),
          ignoreChanges: request.getIgnorechangesList(),
          inputs: request.getObject()?.toJavaScript() ?? {},
        });
      }
      callback(error, response);
    });
  };
  return registrations;
}

/** Waits until every registration and every output is through. */
export async function settled(): Promise<void> {
  await pulumi.runtime.disconnect();
}
