using System.Net.Sockets;
using System.Net;
using KafkaFlow.Wire.Messages;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Server;

/// <summary>
/// One client. Requests are done one after another and answered in order, as Kafka does; a fetch that waits or a member
/// that joins holds up what its own connection has sent after it, nothing else.
/// </summary>
internal sealed class Connection(Socket socket, BrokerCore core, CancellationToken stop) : IDisposable
{
    private const int SendPiece = 1 << 20;

    /// <summary>A silent connection keeps its buffer for so long.</summary>
    private const int ReleaseAfterMs = 200;

    private readonly EndPoint? _client = socket.RemoteEndPoint;
    private readonly FrameBuffer _buffer = new(core.Options.MaxRequestBytes);

    /// <summary>Runs to the end of the connection; every fault of it ends here.</summary>
    public async Task RunAsync()
    {
        var reason = "done";
        try
        {
            socket.NoDelay = true;
            reason = await ServeAsync();
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException or ObjectDisposedException
            or TimeoutException or WireException or BrokerCrashedException or RefusedException)
        {
            reason = ended.Message;
        }
        catch (Exception fault)
        {
            Log.RequestFailed(core.Logger, fault, "a request", 0, $"{_client}");
            reason = fault.Message;
        }
        finally
        {
            Dispose();
        }
        Log.Closed(core.Logger, _client, reason);
    }

    /// <summary>Breaks it off from outside; <see cref="RunAsync"/> then ends.</summary>
    public void Abort() => socket.Dispose();

    public void Dispose()
    {
        _buffer.Dispose();
        socket.Dispose();
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
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (_buffer.IsEmpty && socket.Available == 0)
        {
            // Waits without memory: thousands of silent connections cost only their sockets.
            idle.CancelAfter(core.Options.IdleTimeout);
            var wait = socket.ReceiveAsync(Memory<byte>.Empty, idle.Token);
            if (!wait.IsCompleted)
            {
                var task = wait.AsTask();
                if (await Task.WhenAny(task,
                    Task.Delay(ReleaseAfterMs, CancellationToken.None)) != task) _buffer.Release();
                await task;
            }
            else
            {
                await wait;
            }
        }
        idle.CancelAfter(core.Options.IdleTimeout);
        var received = await socket.ReceiveAsync(_buffer.Room(), idle.Token);
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
        await core.Options.Faults.Frozen.WaitAsync(stop);
        var fault = core.Options.Faults.Next(api.Key);
        if (fault is not null) await Task.Delay(fault.Delay, core.Options.Clock, stop);
        if (fault is { Breaks: true, AfterHandling: false }) return "a test breaks it before the request";

        var context = new RequestContext(api, header.Version, header.ClientId ?? "", Host(), stop);
        var response = isServed
            ? await core.Dispatcher.HandleAsync(context, request)
            : Handlers.ClusterHandlers.ApiVersions(ErrorCode.UnsupportedVersion);
        if (fault is { Breaks: true }) return "a test breaks it after the request";
        core.Options.Faults.ThrowIfCrashed();
        return response is null ? null
            : await SendAsync(api, isServed ? header.Version : (short)0, header.CorrelationId, response);
    }

    private string Host() => $"/{(_client as IPEndPoint)?.Address}";

    private async ValueTask<string?> SendAsync(Api api, short version, int correlation, IWire response)
    {
        using var writer = Codec.Writer();
        if (response is FetchResponse fetch) writer.Reserve(Handlers.FetchHandler.SizeOf(fetch));
        var length = 0;
        writer.Int32(ref length);
        ResponseHeader.Code(writer, api, version, correlation);
        response.Code(writer);
        writer.SetInt32(0, writer.Position - 4);
        var bytes = writer.Written;
        if (core.Options.Faults.BytesBeforeDrop(bytes.Length) is { } part)
        {
            await SendAsync(bytes[..part]);
            return "a test breaks it in the middle of an answer";
        }
        await SendAsync(bytes);
        return null;
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, SendPiece)];
            var sending = socket.SendAsync(piece, SocketFlags.None, stop);
            var sent = sending.IsCompleted
                ? await sending
                : await sending.AsTask().WaitAsync(core.Options.SendTimeout, stop);
            bytes = bytes[sent..];
        }
    }
}

/// <summary>The connection is closed instead of an answer, as where a producer wants none and must learn of an
/// error.</summary>
internal sealed class RefusedException(string message) : Exception(message);
