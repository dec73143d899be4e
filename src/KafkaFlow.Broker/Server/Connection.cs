using System.Net.Sockets;
using System.Net;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Server;

/// <summary>
/// One client. Requests are done one after another and answered in order, as Kafka does; a fetch that waits or a member
/// that joins holds up what its own connection has sent after it, nothing else.
/// <para>Runs on one task; <see cref="Sweep"/> comes from the listener's timer and is the only time-out.</para>
/// </summary>
internal sealed class Connection : IDisposable
{
    /// <summary>Kafka's <c>socket.send.buffer.bytes</c>. With the system's megabytes the broker takes a third more
    /// processor time for a large fetch.</summary>
    private const int SendBufferBytes = 102_400;

    private readonly Socket _socket;
    private readonly BrokerCore _core;
    private readonly EndPoint? _client;
    private readonly string _host;
    private readonly FrameBuffer _buffer;
    private readonly Sender _sender;
    private readonly CancellationToken _stop;
    private readonly CancellationTokenSource _ended;
    private readonly Lock _gate = new();
    private volatile string? _abortedFor;
    private Phase _phase;
    private long _phaseSince;

    public Connection(Socket socket, BrokerCore core, BufferBudget budget, CancellationToken stop)
    {
        _socket = socket;
        _core = core;
        _client = socket.RemoteEndPoint;
        _host = $"/{(_client as IPEndPoint)?.Address}";
        _buffer = new(core.Options.MaxRequestBytes, budget, () => Abort("others need the memory its request holds"));
        _sender = new(socket, () => Enter(Phase.Sending));
        _stop = stop;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
    }

    /// <summary>What the connection waits for.</summary>
    private enum Phase
    {
        Working,

        /// <summary>For the next request, with nothing in the buffer.</summary>
        Silent,

        /// <summary>For the rest of a request.</summary>
        Receiving,

        /// <summary>For the client to read an answer.</summary>
        Sending,
    }

    /// <summary>Runs to the end of the connection; every fault of it ends here.</summary>
    public async Task RunAsync()
    {
        var reason = "done";
        try
        {
            _socket.NoDelay = true;
            _socket.SendBufferSize = SendBufferBytes;
            reason = await ServeAsync();
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException or ObjectDisposedException
            or WireException or BrokerCrashedException or RefusedException)
        {
            reason = _abortedFor ?? ended.Message;
        }
        catch (Exception fault)
        {
            Log.RequestFailed(_core.Logger, fault, "a request", 0, $"{_client}");
            reason = fault.Message;
        }
        finally
        {
            Dispose();
        }
        Log.Closed(_core.Logger, _client, reason);
    }

    /// <summary>Breaks it off from outside; <see cref="RunAsync"/> then ends.</summary>
    public void Abort(string reason)
    {
        _abortedFor ??= reason;
        _socket.Dispose();
    }

    /// <summary>Ends it if a wait takes too long or the client has gone; gives back the buffer of a silent
    /// one.</summary>
    /// <param name="nowMs">Of <see cref="Environment.TickCount64"/>.</param>
    public void Sweep(long nowMs, TimeSpan releaseAfter)
    {
        Phase phase;
        TimeSpan waited;
        lock (_gate)
        {
            (phase, waited) = (_phase, TimeSpan.FromMilliseconds(nowMs - _phaseSince));
            if (phase == Phase.Silent && waited >= releaseAfter) _buffer.Release();
        }
        var limit = phase switch
        {
            Phase.Silent => _core.Options.IdleTimeout,
            Phase.Receiving => _core.Options.ReceiveTimeout,
            Phase.Sending => _core.Options.SendTimeout,
            _ => Timeout.InfiniteTimeSpan,
        };
        if (phase == Phase.Working && waited >= releaseAfter && HasGone()) Cancel();
        else if (limit != Timeout.InfiniteTimeSpan && waited > limit) Abort($"{phase} for more than {limit}");
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _phase = Phase.Working;
            _buffer.Dispose();
            _socket.Dispose();
        }
        _ended.Dispose();
    }

    private void Cancel()
    {
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return; // it has ended meanwhile
        }
    }

    private void Enter(Phase phase)
    {
        lock (_gate) (_phase, _phaseSince) = (phase, Environment.TickCount64);
    }

    /// <summary>Whether a client whose request waits has closed the connection.</summary>
    private bool HasGone()
    {
        try
        {
            return _socket.Poll(0, SelectMode.SelectRead) && _socket.Available == 0;
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            return false; // it ends by itself
        }
    }

    /// <returns>Why it ended.</returns>
    private async Task<string> ServeAsync()
    {
        while (true)
        {
            if (_buffer.TryTake(out var frame, out var problem))
            {
                if (await AnswerAsync(frame) is { } end) return end;
                continue;
            }
            if (problem is not null) return problem;
            if (!await ReceiveAsync()) return "the client closed it";
        }
    }

    private async ValueTask<bool> ReceiveAsync()
    {
        if (_buffer.IsEmpty)
        {
            // Waits without memory: thousands of silent connections cost only their sockets.
            Enter(Phase.Silent);
            await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
        }
        Enter(Phase.Receiving);
        var received = await _socket.ReceiveAsync(_buffer.Room(), SocketFlags.None);
        Enter(Phase.Working);
        _buffer.Received(received);
        return received > 0;
    }

    /// <returns>null to go on, else why the connection ends.</returns>
    private async ValueTask<string?> AnswerAsync(ReadOnlyMemory<byte> frame)
    {
        using var reader = Codec.Reader(frame);
        var header = RequestHeader.ReadFixed(reader);
        if (ApiTable.Find(header.ApiKey) is not { } api) return $"request kind {header.ApiKey} is not spoken";
        var isServed = header.Version >= api.Served && header.Version <= api.Max;
        if (!isServed && api.Key != ApiKey.ApiVersions)
            return $"{api.Key}: expected version {api.Served} to {api.Max}, found {header.Version}";

        var request = api.NewRequest();
        if (isServed)
        {
            header = header.ReadRest(reader, api);
            request.Code(reader);
        }
        // A request held back by a test is done later, even if its client has given up.
        await _core.Options.Faults.Frozen.WaitAsync(_stop);
        var fault = _core.Options.Faults.Next(api.Key);
        if (fault is not null) await Task.Delay(fault.Delay, _core.Options.Clock, _stop);
        if (fault is { Breaks: true, AfterHandling: false }) return "a test breaks it before the request";

        var context = new RequestContext(api, header.Version, header.ClientId ?? "", _host, _ended.Token);
        var response = isServed
            ? await _core.Dispatcher.HandleAsync(context, request)
            : Handlers.ClusterHandlers.ApiVersions(ErrorCode.UnsupportedVersion);
        if (fault is { Breaks: true }) return "a test breaks it after the request";
        _core.Options.Faults.ThrowIfCrashed();
        return response is null ? null
            : await SendAsync(api, isServed ? header.Version : (short)0, header.CorrelationId, response);
    }

    private async ValueTask<string?> SendAsync(Api api, short version, int correlation, IWire response)
    {
        using var writer = Codec.Writer(defersRecords: true);
        var length = 0;
        writer.Int32(ref length);
        ResponseHeader.Code(writer, api, version, correlation);
        response.Code(writer);
        writer.SetInt32(0, checked((int)(writer.TotalLength - sizeof(int))));
        var part = _core.Options.Faults.BytesBeforeDrop((int)writer.TotalLength);
        await _sender.SendAsync(writer, part ?? long.MaxValue);
        Enter(Phase.Working);
        return part is null ? null : "a test breaks it in the middle of an answer";
    }
}

/// <summary>The connection is closed instead of an answer, as where a producer wants none and must learn of an
/// error.</summary>
internal sealed class RefusedException(string message) : Exception(message);
