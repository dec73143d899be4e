using System.Net;
using System.Net.Sockets;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>Passes TCP connections on to a server, until it is told to refuse them: the server seems to be down.</summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly Uri _target;
    private readonly List<TcpClient> _open = [];
    private readonly Lock _gate = new();
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;

    public TcpRelay(Uri target)
    {
        _target = target;
        Port = LocalServers.Ports.Free(1)[0];
        Start();
    }

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}";

    public void Start()
    {
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting = AcceptAsync(_listener);
    }

    public async Task StopAsync()
    {
        _listener?.Dispose();
        lock (_gate)
        {
            foreach (var client in _open) client.Dispose();
            _open.Clear();
        }
        await _accepting;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true) _ = PassOnAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task PassOnAsync(TcpClient from)
    {
        using var to = new TcpClient();
        lock (_gate) _open.AddRange([from, to]);
        try
        {
            await to.ConnectAsync(_target.Host, _target.Port);
            var (near, far) = (from.GetStream(), to.GetStream());
            await Task.WhenAny(near.CopyToAsync(far), far.CopyToAsync(near));
        }
        catch (Exception closed) when (closed is SocketException or IOException or ObjectDisposedException)
        {
            return; // either end has hung up
        }
        finally
        {
            from.Dispose();
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
