using System.Net;
using KafkaFlow.Broker.Logs;
using KafkaFlow.Broker.Server;
using KafkaFlow.Broker.Storage;

namespace KafkaFlow.Broker;

/// <summary>
/// A Kafka broker of one node inside this process, for development and tests: real clients work against it and what it
/// has acknowledged survives kill -9. It never is a cluster.
/// </summary>
public sealed class EmbeddedBroker : IAsyncDisposable
{
    private readonly BrokerCore _core;
    private readonly Listener _listener;
    private readonly LogCare _care;
    private readonly IDisposable _lock;
    private int _disposed;

    private EmbeddedBroker(BrokerCore core, Listener listener, LogCare care, IDisposable taken)
    {
        _core = core;
        _listener = listener;
        _care = care;
        _lock = taken;
    }

    /// <summary>Address for clients, <c>host:port</c>.</summary>
    public string Bootstrap => _core.Host.Contains(':', StringComparison.Ordinal)
        ? $"[{_core.Host}]:{_core.Port}"
        : $"{_core.Host}:{_core.Port}";

    public int Port => _core.Port;

    public string ClusterId => _core.Catalog.ClusterId;

    public BrokerFaults Faults => _core.Options.Faults;

    /// <summary>Connections open now.</summary>
    public int Connections => _listener.Connections;

    internal BrokerCore Core => _core;

    /// <summary>Opens the data, finishes what a crash has left open, and listens.</summary>
    /// <exception cref="BrokerException">Options that cannot be, data in use or damaged, or a port in use.</exception>
    public static Task<EmbeddedBroker> StartAsync(BrokerOptions? options = null)
    {
        options ??= new();
        options.Validate();
        ThreadPool.GetMinThreads(out var threads, out var ports);
        if (threads < options.MinPoolThreads) ThreadPool.SetMinThreads(options.MinPoolThreads, ports);
        return Task.Run(() => Start(options));
    }

    /// <summary>Runs one pass of retention and compaction now, as the interval does.</summary>
    public void Clean() => _care.RunOnce();

    /// <summary>Stops: connections end, the logs are sealed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        _core.Options.Faults.Thaw();
        _core.Options.Faults.Crashed -= _listener.Abort;
        await _listener.DisposeAsync();
        await _care.DisposeAsync();
        _core.Transactions.Dispose();
        _core.Groups.Dispose();
        if (_core.Options.Faults.CrashedAt is null) _core.Catalog.Close();
        _lock.Dispose();
    }

    /// <summary>Of all addresses none can be told; the machine's name stands for them.</summary>
    private static string HostOf(IPAddress address) =>
        address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? Dns.GetHostName() : address.ToString();

    private static EmbeddedBroker Start(BrokerOptions options)
    {
        var logger = options.Logging.CreateLogger("KafkaFlow.Broker");
        IBrokerFiles files = options.DataDirectory is { } directory
            ? new DiskFiles(Path.GetFullPath(directory))
            : options.Memory ?? new MemoryFiles();
        var taken = files.Lock();
        try
        {
            var context = new LogContext(
                new CrashableFiles(files, options.Faults), options.Clock, options.Flush, options.Faults, logger);
            var socket = Listener.Bind(options);
            var bound = (IPEndPoint)socket.LocalEndPoint!;
            try
            {
                var core = new BrokerCore(
                    options, context, options.AdvertisedHost ?? HostOf(bound.Address), bound.Port);
                core.Groups.Load();
                core.Transactions.Load();
                var listener = Listener.Start(socket, core);
                options.Faults.Crashed += listener.Abort;
                if (!IPAddress.IsLoopback(options.Address)) Log.NotLoopback(logger, options.Address);
                Log.Started(logger, bound, options.DataDirectory ?? "in memory");
                return new(core, listener, new(core), taken);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }
}
