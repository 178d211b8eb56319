"""The JupyterHub of .ci/hub: one student, one container, below /class/."""
import os

c = get_config()  # noqa: F821, which JupyterHub provides
gateway = os.environ["HUB_GATEWAY"]
c.JupyterHub.bind_url = f"http://127.0.0.1:{os.environ['HUB_PORT']}/class/"
c.JupyterHub.cleanup_servers = True
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{int(os.environ['HUB_PORT']) + 1}"
# Containers reach the hub over the engine's network.
c.JupyterHub.hub_bind_url = f"http://{gateway}:{int(os.environ['HUB_PORT']) + 2}"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "sesame"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "docker"
c.DockerSpawner.image = os.environ["HUB_IMAGE"]
c.DockerSpawner.cmd = ["jupyterhub-singleuser"]  # an argument of the image's start
c.DockerSpawner.use_internal_ip = True
c.DockerSpawner.remove = True
c.DockerSpawner.extra_create_kwargs = {"labels": {"socketbook-hub": os.environ["HUB_LABEL"]}}
c.Spawner.default_url = "/lab/tree/socketbook/01-an-address-and-a-door.ipynb"
c.Spawner.start_timeout = 90
c.Spawner.http_timeout = 90
