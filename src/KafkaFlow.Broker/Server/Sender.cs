using System.Buffers;
using System.Net.Sockets;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Server;

/// <summary>
/// Sends answers. The records of a large one are read from the log piece by piece as the client takes them, so that a
/// slow reader holds one piece, not the answer.
/// </summary>
/// <param name="onPiece">Called before each piece: the client has taken the one before.</param>
internal sealed class Sender(Socket socket, Action onPiece)
{
    private const int PieceLength = 128 * 1024;

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
