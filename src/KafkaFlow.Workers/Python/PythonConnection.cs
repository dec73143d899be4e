using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace KafkaFlow.Workers.Python;

internal static class PythonFrame
{
    public const byte Request = (byte)'Q';
    public const byte Stdout = (byte)'O';
    public const byte Stderr = (byte)'S';
    public const byte Result = (byte)'R';
    public const byte Error = (byte)'E';
    public const byte Exit = (byte)'X';
    public const int HeaderBytes = 5;
}

/// <summary>
/// The connection to the child of one task: frames of one byte kind, four bytes length (big endian) and payload.
/// Gathers what the task prints, bounded. Used by one caller at a time; owns the socket.
/// </summary>
internal sealed class PythonConnection(Socket socket, PythonOptions options) : IDisposable
{
    private const int MaxErrorBytes = 256 * 1024;
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly MemoryStream _stdout = new();
    private readonly MemoryStream _stderr = new();

    public string Stdout => TextOf(_stdout);
    public string Stderr => TextOf(_stderr);
    public bool HasOutput => _stdout.Length + _stderr.Length > 0;

    public async Task SendAsync(byte[] request, CancellationToken cancel)
    {
        var frame = new byte[PythonFrame.HeaderBytes + request.Length];
        frame[0] = PythonFrame.Request;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), request.Length);
        request.CopyTo(frame, PythonFrame.HeaderBytes);
        await _stream.WriteAsync(frame, cancel);
    }

    /// <returns>The frame that ends the task: result, error or exit.</returns>
    /// <exception cref="IOException">The connection ended or carries something else than frames.</exception>
    public async Task<(byte Kind, byte[] Payload)> ReadAnswerAsync(CancellationToken cancel)
    {
        var header = new byte[PythonFrame.HeaderBytes];
        while (true)
        {
            await _stream.ReadExactlyAsync(header, cancel);
            var kind = header[0];
            var length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(1));
            var limit = Math.Max(options.ResultBytes, MaxErrorBytes);
            if (length > limit) throw new IOException($"a frame of {length} bytes; at most {limit} are expected");
            var payload = new byte[length];
            await _stream.ReadExactlyAsync(payload, cancel);
            switch (kind)
            {
                case PythonFrame.Stdout:
                    Keep(_stdout, payload);
                    break;
                case PythonFrame.Stderr:
                    Keep(_stderr, payload);
                    break;
                case PythonFrame.Result or PythonFrame.Error or PythonFrame.Exit:
                    return (kind, payload);
                default:
                    throw new IOException($"a frame of the unknown kind {kind}");
            }
        }
    }

    public void Dispose() => _stream.Dispose();

    private void Keep(MemoryStream kept, byte[] payload)
    {
        var room = Math.Max(0, options.OutputBytes - (int)kept.Length);
        kept.Write(payload, 0, Math.Min(room, payload.Length));
    }

    private static string TextOf(MemoryStream kept) =>
        Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length).Replace('\0', '\uFFFD');
}
