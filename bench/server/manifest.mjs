/** The manifest whose image is changed: comments, quotes and flow maps, as people write them. */
export const manifest = deployment({
  labels: '',
  selector: '{ app: web }',
  template: '{ app: web }',
});

/** The same with an anchor and two aliases, which one manifest in some dozens has. It takes the slower of our two readers. */
export const anchored = deployment({
  labels: ' &labels',
  selector: '*labels',
  template: '*labels',
});

function deployment({ labels, selector, template }) {
  return `# The shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels:${labels}
    app: web
    tier: "front" # quoted on purpose
spec:
  replicas: 3
  selector:
    matchLabels: ${selector}
  template:
    metadata:
      labels: ${template}
    spec:
      containers:
        - name: web
          image: registry.example.com/shop/web:1.0.0 # set by CI
          ports:
            - containerPort: 8080
          env:
            - name: LOG_LEVEL
              value: 'info'
          resources:
            requests: { cpu: 100m, memory: 128Mi }
            limits: { memory: 256Mi }
`;
}
