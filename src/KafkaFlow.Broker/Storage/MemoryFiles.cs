using System.Collections.Concurrent;

namespace KafkaFlow.Broker.Storage;

/// <summary>
/// A broker's data in memory, for tests: pass the same one to the next broker and it finds what the last one wrote, as
/// after kill -9.
/// </summary>
public sealed class MemoryFiles : IBrokerFiles
{
    private readonly ConcurrentDictionary<string, MemoryFile> _files = new();
    private int _locked;

    /// <summary>Cuts a file short, as a machine that lost power does.</summary>
    /// <param name="path">As <c>topic-0/00000000000000000000.log</c>.</param>
    public void Cut(string path, long length) => _files[path].Truncate(length);

    /// <summary>Turns bits of one byte of a file.</summary>
    public void Damage(string path, long position, byte bits)
    {
        Span<byte> one = stackalloc byte[1];
        _files[path].Read(position, one);
        one[0] ^= bits;
        _files[path].Write(position, one);
    }

    /// <summary>Bytes of each file.</summary>
    public IReadOnlyDictionary<string, long> Sizes() =>
        _files.ToDictionary(file => file.Key, file => file.Value.Length);

    IDisposable IBrokerFiles.Lock()
    {
        if (Interlocked.Exchange(ref _locked, 1) == 1)
            throw new BrokerException("memory files: expected them to be free, found them locked by another broker");
        return new Unlock(this);
    }

    ILogFile IBrokerFiles.Open(string path) => _files.GetOrAdd(path, _ => new());

    IReadOnlyList<string> IBrokerFiles.List(string directory)
    {
        var prefix = directory.Length == 0 ? "" : directory + '/';
        return [.. _files.Keys.Where(path => path.StartsWith(prefix, StringComparison.Ordinal))
            .Select(path => path[prefix.Length..].Split('/')[0]).Distinct()];
    }

    byte[]? IBrokerFiles.ReadAll(string path)
    {
        if (!_files.TryGetValue(path, out var file)) return null;
        var content = new byte[file.Length];
        file.Read(0, content);
        return content;
    }

    void IBrokerFiles.Replace(string path, ReadOnlySpan<byte> content)
    {
        var file = new MemoryFile();
        file.Write(0, content);
        _files[path] = file;
    }

    void IBrokerFiles.Rename(string from, string to)
    {
        if (_files.TryRemove(from, out var one)) _files[to] = one;
        foreach (var path in Below(from))
            if (_files.TryRemove(path, out var file)) _files[to + path[from.Length..]] = file;
    }

    void IBrokerFiles.Delete(string path) => _files.TryRemove(path, out _);

    void IBrokerFiles.CreateDirectory(string path)
    {
        // A directory is there as soon as a file is in it.
    }

    void IBrokerFiles.DeleteDirectory(string path)
    {
        foreach (var file in Below(path)) _files.TryRemove(file, out _);
    }

    (long Total, long Usable) IBrokerFiles.Space() => (long.MaxValue, long.MaxValue);

    private IEnumerable<string> Below(string directory) =>
        _files.Keys.Where(path => path.StartsWith(directory + '/', StringComparison.Ordinal));

    private sealed class Unlock(MemoryFiles files) : IDisposable
    {
        public void Dispose() => Interlocked.Exchange(ref files._locked, 0);
    }

    /// <summary>Chunks, so that growth copies nothing.</summary>
    private sealed class MemoryFile : ILogFile
    {
        public FileStream? Stream => null;

        private const int ChunkBits = 16;
        private const int ChunkSize = 1 << ChunkBits;
        private readonly Lock _gate = new();
        private readonly List<byte[]> _chunks = [];
        private long _length;

        public long Length
        {
            get
            {
                lock (_gate) return _length;
            }
        }

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            lock (_gate)
            {
                while ((long)_chunks.Count << ChunkBits < position + bytes.Length) _chunks.Add(new byte[ChunkSize]);
                _length = Math.Max(_length, position + bytes.Length);
                while (!bytes.IsEmpty)
                {
                    var room = _chunks[(int)(position >> ChunkBits)].AsSpan((int)(position & (ChunkSize - 1)));
                    var part = bytes[..Math.Min(room.Length, bytes.Length)];
                    part.CopyTo(room);
                    bytes = bytes[part.Length..];
                    position += part.Length;
                }
            }
        }

        public int Read(long position, Span<byte> target)
        {
            lock (_gate)
            {
                var total = (int)Math.Clamp(_length - position, 0, target.Length);
                for (var done = 0; done < total;)
                {
                    var at = position + done;
                    var part = _chunks[(int)(at >> ChunkBits)].AsSpan((int)(at & (ChunkSize - 1)));
                    part = part[..Math.Min(part.Length, total - done)];
                    part.CopyTo(target[done..]);
                    done += part.Length;
                }
                return total;
            }
        }

        public void Truncate(long length)
        {
            lock (_gate)
            {
                _length = Math.Min(_length, length);
                var chunks = (int)((_length + ChunkSize - 1) >> ChunkBits);
                _chunks.RemoveRange(chunks, _chunks.Count - chunks);
            }
        }

        public void Flush()
        {
            // Memory is where it stays.
        }
    }
}
