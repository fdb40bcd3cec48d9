"""The peer: the same route as a FastAPI program of today would serve it.

One process, uvloop and httptools, one shared httpx client with kept connections, ruamel.yaml for an edit that keeps comments.
"""

import io
import json
import os
import re
import sys

import httpx
import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from ruamel.yaml import YAML

FORGE = os.environ["FORGE"]
REPOSITORY = "/2.0/repositories/acme/gitops"
app = FastAPI()
client = httpx.AsyncClient(
    base_url=FORGE,
    headers={"authorization": "Bearer token"},
    limits=httpx.Limits(max_connections=200, max_keepalive_connections=200),
)


class SetImage(BaseModel):
    repo: str
    refs: str
    yaml_path: str
    image: str


def set_image(text: str, image: str) -> tuple[str, list[dict]]:
    yaml = YAML()
    yaml.preserve_quotes = True
    documents = list(yaml.load_all(text))
    changes = []
    name = re.sub(r"[:@][^/]*$", "", image)
    for document in documents:
        for container in document["spec"]["template"]["spec"]["containers"]:
            before = container["image"]
            if re.sub(r"[:@][^/]*$", "", before) == name and before != image:
                container["image"] = image
                changes.append({"container": container["name"], "before": before, "after": image})
    out = io.StringIO()
    yaml.dump_all(documents, out)
    return out.getvalue(), changes


@app.post("/v1/gitops/set-image-yaml")
async def set_image_yaml(body: SetImage) -> dict:
    meta = await client.get(f"{REPOSITORY}/src/{body.refs}/{body.yaml_path}", params={"format": "meta"})
    if meta.status_code != 200:
        raise HTTPException(404, "no such file")
    head = json.loads(meta.content)["commit"]["hash"]
    raw = await client.get(f"{REPOSITORY}/src/{head}/{body.yaml_path}")
    text, changes = set_image(raw.text, body.image)
    commit = None
    if changes:
        made = await client.post(
            f"{REPOSITORY}/src",
            data={"message": f"chore: update image to {body.image}", "branch": body.refs, "parents": head},
            files={f"/{body.yaml_path}": (body.yaml_path, text.encode())},
        )
        if made.status_code != 201:
            raise HTTPException(502, "the forge refused the commit")
        commit = made.headers["location"].rsplit("/", 1)[1]
    return {
        "success": True,
        "repository": body.repo,
        "branch": body.refs,
        "yaml_path": body.yaml_path,
        "image": body.image,
        "changed": bool(changes),
        "changes": changes,
        "commit": commit,
    }


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
