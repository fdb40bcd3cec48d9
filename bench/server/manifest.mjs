/** The manifest whose image is changed: comments, quotes and an anchor, as people write them. */
export const manifest = `# The shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: &labels
    app: web
    tier: "front" # quoted on purpose
spec:
  replicas: 3
  selector:
    matchLabels: *labels
  template:
    metadata:
      labels: *labels
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
