import { describe, expect, it } from 'vitest';
import { readDocuments } from './read-documents.ts';

const pod = 'kind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: i}]}\n';

describe('readDocuments', () => {
  it('sorts documents by kind and names what it passes over', () => {
    const text = [
      pod,
      'kind: Service\nmetadata: {name: s}\n',
      'kind: ConfigMap\nmetadata: {name: m}\ndata: {a: b}\n',
      'kind: PersistentVolumeClaim\nmetadata: {name: v}\n',
      'kind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n',
      '# nothing\n',
    ].join('---\n');
    const found = readDocuments(text);
    expect(found.pods.map(({ metadata }) => metadata?.name)).toEqual(['web']);
    expect(found.configMaps[0]?.data).toEqual({ a: 'b' });
    expect(found.claims[0]?.metadata.name).toBe('v');
    expect(found.secrets[0]?.stringData).toEqual({ a: 'b' });
    expect(found.unsupported).toEqual(['Service']);
  });

  it('makes one pod of a deployment, and says so where there should be more', () => {
    const text = `kind: Deployment
metadata: {name: web, labels: {tier: front}}
spec:
  replicas: 3
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}
`;
    const { pods, notes } = readDocuments(text);
    expect(pods).toHaveLength(1);
    expect(pods[0]?.metadata).toMatchObject({ name: 'web-pod', labels: { app: 'web', tier: 'front' } });
    expect(notes).toEqual([expect.stringContaining('limiting the replica count to 1')]);
  });

  it('takes a list apart', () => {
    expect(readDocuments(`kind: List\nitems:\n- ${pod.trimEnd().replaceAll('\n', '\n  ')}\n`).pods).toHaveLength(1);
  });

  it.each([
    ['kind: Pod\nspec: {containers: []}\n', /document 1 \(Pod\): spec\.containers:/],
    ['kind: Pod\nspec: {containers: [{name: c, image: 7}]}\n', /spec\.containers\.0\.image: expected string/],
    [`${pod}---\nkind: ConfigMap\n`, /document 2 \(ConfigMap\): metadata:/],
    ['metadata: {}\n', /document 1: kind:/],
    ['a: [b\n', /document 1: /],
    ['- just\n- a list\n', /document 1: expected object/],
  ])('says where %j is wrong', (text, message) => {
    expect(() => readDocuments(text)).toThrow(
      expect.objectContaining({ code: 'invalid-kube-yaml', message: expect.stringMatching(message) }),
    );
  });
});
