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
internal sealed class Sender(Socket socket, Action onPiece)
{
    private const int PieceLength = 128 * 1024;

    /// <summary>Below it a copy costs less than a call of its own.</summary>
    private const int LeastFromFile = 32 * 1024;

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
                await piece.PutAsync(records);
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

    private async ValueTask SendAllAsync(ReadOnlyMemory<byte> bytes)
    {
        onPiece();
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None)..];
    }

    private async ValueTask SendFromAsync(FileStream file, long position, int count)
    {
        onPiece();
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var send = new SocketAsyncEventArgs { SendPacketsElements = [new(file, position, count)] };
        send.Completed += (_, _) => sent.SetResult();
        if (socket.SendPacketsAsync(send)) await sent.Task;
        if (send.SocketError != SocketError.Success) throw new SocketException((int)send.SocketError);
        if (send.BytesTransferred != count)
            throw new BrokerException(
                $"log file: expected {count} bytes at {position}, found {send.BytesTransferred}");
    }

    /// <summary>What is sent at once: bytes gathered here, or some of a file.</summary>
    private sealed class Piece(Sender sender, byte[] bytes, long limit)
    {
        private long _left = limit;
        private int _used;
        private int _pieces;

        public byte[] Bytes => bytes;

        public ValueTask PutAsync(RecordData data) =>
            data is LogSlice { Length: >= LeastFromFile, Stream: { } file } slice
                ? SendAsync(file, slice)
                : CopyAsync(data);

        public async ValueTask FlushAsync()
        {
            await sender.SendAllAsync(bytes.AsMemory(0, _used));
            _used = 0;
            await EndPieceAsync();
        }

        private async ValueTask CopyAsync(RecordData data)
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

        private async ValueTask SendAsync(FileStream file, LogSlice data)
        {
            await FlushAsync();
            for (var from = 0; from < data.Length && _left > 0;)
            {
                var count = (int)Math.Min(_left, Math.Min(data.Length - from, PieceLength));
                await sender.SendFromAsync(file, data.Position + from, count);
                from += count;
                _left -= count;
                await EndPieceAsync();
            }
        }

        private async ValueTask EndPieceAsync()
        {
            if (++_pieces % PiecesInTurn == 0) await Task.Yield();
        }
    }
}
