using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace KafkaFlow.Broker.Server;

/// <summary>Accepts connections and runs each until it ends. At most <see cref="BrokerOptions.MaxConnections"/>; one
/// more is closed at once.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private const int Backlog = 512;
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MinSweepPeriod = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MaxSweepPeriod = TimeSpan.FromSeconds(1);
    private readonly Socket _socket;
    private readonly BrokerCore _core;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Connection, Task> _connections = new();
    private readonly BufferBudget _budget;
    private readonly ITimer _sweeps;
    private readonly Task _accepting;

    private Listener(Socket socket, BrokerCore core)
    {
        _socket = socket;
        _core = core;
        _budget = new(core.Options.MaxBufferedBytes);
        var period = SweepPeriod(core.Options);
        _sweeps = TimeProvider.System.CreateTimer(_ => Sweep(period), null, period, period);
        _accepting = Task.Run(AcceptAsync);
    }

    public int Connections => _connections.Count;

    public static Socket Bind(BrokerOptions options)
    {
        var socket = new Socket(options.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(options.Address, options.Port));
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException inUse)
        {
            socket.Dispose();
            throw new BrokerException(
                $"{options.Address}:{options.Port}: expected to listen there, found {inUse.SocketErrorCode}", inUse);
        }
    }

    public static Listener Start(Socket bound, BrokerCore core) => new(bound, core);

    /// <summary>Ends all connections at once, answered or not.</summary>
    public void Abort()
    {
        _stop.Cancel();
        _socket.Dispose();
        foreach (var connection in _connections.Keys) connection.Abort("the broker stops");
    }

    public async ValueTask DisposeAsync()
    {
        Abort();
        await _sweeps.DisposeAsync();
        try
        {
            await Task.WhenAll([_accepting, .. _connections.Values]).WaitAsync(StopLimit);
        }
        catch (TimeoutException)
        {
            Log.Closed(_core.Logger, null, $"{_connections.Count} connections have not ended within {StopLimit}");
        }
        _stop.Dispose();
    }

    private static TimeSpan SweepPeriod(BrokerOptions options)
    {
        TimeSpan[] limits = [options.IdleTimeout, options.ReceiveTimeout, options.SendTimeout];
        var quarter = limits.Min() / 4;
        return quarter < MinSweepPeriod ? MinSweepPeriod : quarter < MaxSweepPeriod ? quarter : MaxSweepPeriod;
    }

    private void Sweep(TimeSpan period)
    {
        var now = Environment.TickCount64;
        foreach (var (connection, _) in _connections) connection.Sweep(now, period);
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _socket.AcceptAsync(_stop.Token);
                if (_connections.Count >= _core.Options.MaxConnections)
                {
                    Log.Closed(_core.Logger, socket.RemoteEndPoint,
                        $"more than {_core.Options.MaxConnections} connections");
                    socket.Dispose();
                    continue;
                }
                Run(new(socket, _core, _budget, _stop.Token));
            }
            catch (Exception stopped) when (stopped is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException error)
            {
                // As when the process has no file descriptor left: others may become free.
                Log.BackgroundFailed(_core.Logger, error, "accept");
                await Task.Delay(AcceptPause, CancellationToken.None);
            }
        }
    }

    private void Run(Connection connection)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[connection] = done.Task;
        _ = Task.Run(async () =>
        {
            await connection.RunAsync();
            _connections.TryRemove(connection, out _);
            done.SetResult();
        });
    }
}
