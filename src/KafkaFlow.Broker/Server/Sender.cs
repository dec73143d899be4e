using System.Buffers;
using System.Net.Sockets;
using KafkaFlow.Broker.Logs;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Server;

/// <summary>
/// Sends answers piece by piece as the client takes them, so that a slow reader holds one piece, not the answer. Where
/// the records are many and in a file, the kernel sends them from there (sendfile).
/// </summary>
/// <param name="onPiece">Called before each piece: the client has taken the one before.</param>
internal sealed class Sender(Socket socket, Action onPiece) : IDisposable
{
    private const int PieceLength = 128 * 1024;

    /// <summary>Below it a copy costs less than a call of its own.</summary>
    private const int LeastFromFile = 32 * 1024;

    private readonly Lazy<FileSending> _files = new(() => new(socket));

    /// <summary>After so many pieces others get their turn, so that huge answers do not hold up small ones; what
    /// clients ask for by default, a megabyte, goes out in one turn.</summary>
    private const int PiecesInTurn = 16;

    /// <param name="limit">Bytes after which it stops, for tests that break an answer.</param>
    public ValueTask SendAsync(Codec answer, long limit) => answer.Deferred.Count == 0
        ? SendAllAsync(answer.Written[..(int)Math.Min(limit, answer.Position)])
        : SendPiecesAsync(answer, limit);

    private async ValueTask SendPiecesAsync(Codec answer, long limit)
    {
        var piece = new Piece(this, ArrayPool<byte>.Shared.Rent(PieceLength), limit);
        try
        {
            var at = 0;
            foreach (var (position, records) in answer.Deferred)
            {
                await piece.PutAsync(new RecordMemory(answer.Written[at..position]));
                if (limit == long.MaxValue && records is LogSlice { Length: >= LeastFromFile, Stream: { } file } slice)
                {
                    await piece.FlushAsync();
                    await SendFromAsync(file, slice);
                }
                else await piece.PutAsync(records);
                at = position;
            }
            await piece.PutAsync(new RecordMemory(answer.Written[at..]));
            await piece.FlushAsync();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece.Bytes);
        }
    }

    private async ValueTask SendFromAsync(FileStream file, LogSlice records)
    {
        for (var sent = 0; sent < records.Length;)
        {
            var count = Math.Min(PieceLength * PiecesInTurn, records.Length - sent);
            if (sent > 0) await Task.Yield();
            onPiece();
            await _files.Value.SendAsync(file, records.Position + sent, count);
            sent += count;
        }
    }

    public void Dispose()
    {
        if (_files.IsValueCreated) _files.Value.Dispose();
    }

    private async ValueTask SendAllAsync(ReadOnlyMemory<byte> bytes)
    {
        onPiece();
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None)..];
    }

    /// <summary>One send from a file at a time.</summary>
    private sealed class FileSending : IDisposable
    {
        private readonly Socket _socket;
        private readonly SocketAsyncEventArgs _send = new();
        private TaskCompletionSource _sent = new();

        public FileSending(Socket socket)
        {
            _socket = socket;
            _send.Completed += (_, _) => _sent.SetResult();
        }

        public async ValueTask SendAsync(FileStream file, long position, int count)
        {
            _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _send.SendPacketsElements = [new(file, position, count)];
            if (_socket.SendPacketsAsync(_send)) await _sent.Task;
            if (_send.SocketError != SocketError.Success) throw new SocketException((int)_send.SocketError);
            if (_send.BytesTransferred != count)
                throw new BrokerException(
                    $"log file: expected {count} bytes at {position}, found {_send.BytesTransferred}");
        }

        public void Dispose() => _send.Dispose();
    }

    /// <summary>What is sent at once.</summary>
    private sealed class Piece(Sender sender, byte[] bytes, long limit)
    {
        private long _left = limit;
        private int _used;
        private int _pieces;

        public byte[] Bytes => bytes;

        public async ValueTask PutAsync(RecordData data)
        {
            for (var from = 0; from < data.Length && _left > 0;)
            {
                var count = (int)Math.Min(_left, Math.Min(data.Length - from, bytes.Length - _used));
                data.CopyTo(from, bytes.AsSpan(_used, count));
                from += count;
                _used += count;
                _left -= count;
                if (_used == bytes.Length) await FlushAsync();
            }
        }

        public async ValueTask FlushAsync()
        {
            await sender.SendAllAsync(bytes.AsMemory(0, _used));
            _used = 0;
            if (++_pieces % PiecesInTurn == 0) await Task.Yield();
        }
    }
}
