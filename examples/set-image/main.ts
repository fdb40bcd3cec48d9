// Changes one image in a manifest and shows that nothing else moved.
import { setImage, unifiedDiff } from '@bowline/gitops-manifests';

const before = `# Owner: team-shop
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  template:
    spec:
      containers:
      - name: web
        image: "registry.example.com/shop/web:2.0.3"   # set by the release job
      - name: logs
        image: registry.example.com/platform/logs:0.9.1
`;

const { text, changes } = setImage(before, 'registry.example.com/shop/web:2.1.0');

for (const { kind, name, container, line, before: old, after } of changes) {
  console.log(`${kind}/${name} ${container}, line ${line}: ${old} -> ${after}`);
}
console.log(unifiedDiff(before, text, { path: 'web.yaml', context: 0 }));
