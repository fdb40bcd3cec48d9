// Changes images in one text of 5 MB and 6,000 documents, against parse + stringify with npm `yaml` of the same text.
// Build first: turbo run build --filter=@bowline/gitops-manifests. Ends with 1 on a wrong result, never on a slow one.
import { setImage } from '@bowline/gitops-manifests';
import { parseAllDocuments } from 'yaml';

const DOCUMENTS = 6_000;
const RUNS = Number(process.argv[2] ?? 5);

/** A Deployment, a Service, a ConfigMap or a CronJob as people write them; about 850 bytes on average. */
function manifest(index) {
  const app = `app-${index}`;
  const head = (apiVersion, kind) => `apiVersion: ${apiVersion}
kind: ${kind}
metadata:
  name: ${app}
  namespace: team-${index % 40}
  labels: {app.kubernetes.io/name: ${app}, app.kubernetes.io/part-of: "shop"}
  annotations:
    owner: 'team-${index % 40}@example.com'   # who to call at night
    runbook: https://runbooks.example.com/team-${index % 40}/${app}
`;
  switch (index % 4) {
    case 0:
    case 1:
      return `${head('apps/v1', 'Deployment')}spec:
  replicas: ${1 + (index % 5)}
  selector:
    matchLabels:
      app.kubernetes.io/name: ${app}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ${app}
    spec:
      serviceAccountName: ${app}
      containers:
        - name: ${app}
          # the application
          image: registry.example.com/team-${index % 40}/${app}:1.${index % 30}.0
          args: ["--port=8080", "--log=info"]
          ports:
            - containerPort: 8080
              name: http
          env:
            - name: MODE
              value: "production"
            - name: GREETING
              value: 'it''s on'
          resources:
            requests: {cpu: 100m, memory: 128Mi}
            limits:
              memory: 256Mi
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
        - name: proxy
          image: "envoyproxy/envoy:v1.${20 + (index % 9)}.0" # sidecar
`;
    case 2:
      return `${head('v1', 'Service')}spec:
  selector:
    app.kubernetes.io/name: ${app}
  ports:
    - name: http
      port: 80
      targetPort: http
`;
    default:
      return `${head('v1', 'ConfigMap')}data:
  config.yaml: |
    # a manifest inside a manifest
    server:
      port: 8080
      image: not/an-image:1
    features: [a, b, c]
  greeting: "hello\\tworld"
  script.sh: |-
    #!/bin/sh
    set -eu
    echo "starting ${app}"
    exec /app --config /etc/config.yaml
`;
  }
}

const text = Array.from({ length: DOCUMENTS }, (_, index) => manifest(index)).join('---\n');
const target = `registry.example.com/team-${3000 % 40}/app-3000`;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function measure(name, job, check) {
  const times = [];
  for (let run = 0; run <= RUNS; run += 1) {
    const start = performance.now();
    const result = job();
    // The first run warms the compiler up.
    if (run > 0) times.push(performance.now() - start);
    if (!check(result)) {
      console.error(`${name}: wrong result`);
      process.exitCode = 1;
    }
  }
  const middle = median(times);
  const spread = `${Math.min(...times).toFixed(1)}..${Math.max(...times).toFixed(1)}`;
  console.log(
    `${name.padEnd(44)} ${middle.toFixed(1).padStart(8)} ms  (${spread}, n=${times.length})`,
  );
  return middle;
}

const size = Buffer.byteLength(text);
console.log(`${(size / 1e6).toFixed(2)} MB, ${DOCUMENTS} documents, Node ${process.version}`);
const one = measure(
  'setImage, one image by its repository',
  () => setImage(text, `${target}:9.9.9`),
  ({ text: after, changes }) =>
    changes.length === 1 &&
    after === text.replace(new RegExp(`${target}:[\\d.]+`), `${target}:9.9.9`),
);
const every = measure(
  'setImage, every image (all)',
  () => setImage(text, '9.9.9', { all: true }),
  ({ text: after, changes }) =>
    changes.length === DOCUMENTS &&
    after ===
      text.replace(/^( +image: (?:registry|"envoyproxy).*?):[v\d.]+("?)(?= |$)/gm, '$1:9.9.9$2'),
);
const peer = measure(
  'yaml, parse + stringify',
  () => parseAllDocuments(text).map((document) => document.toString()),
  (documents) => documents.length === DOCUMENTS,
);
console.log(`one image: ${(peer / one).toFixed(1)} x faster than yaml (target: 20)`);
console.log(`every image: ${(peer / every).toFixed(1)} x faster than yaml (target: 1)`);
