#!/usr/bin/env bash
# The runs behind docs/results.md: four strategies, LF and FF, five folds, on real photographs.
#
#   experiments/real_photographs.sh DATA IMAGENET_WEIGHTS OUT
#
# DATA holds odir/, eyepacs/, rahim/ and palm/, each with manifest.csv; IMAGENET_WEIGHTS is a file with timm's keys for
# mobilenetv2_100. Every step resumes, so a stopped script is simply started again.
set -euo pipefail
data=$1 imagenet=$2 out=$3
size=160 backbone=mobilenetv2_100
upstream=abnormal,D,G,C,A,H,M,O,dr_grade\>=2,dr_grade\>=3
eight=N,D,G,C,A,H,M,O
mkdir -p "$out"

prepare() {  # size, folder
  for set in odir eyepacs rahim palm; do
    [ -f "$out/$2/$set/header.json" ] ||
      fundusfm data prepare "$data/$set/manifest.csv" --size "$1" --out "$out/$2/$set" --resume
  done
}
prepare $size stores
stores=$out/stores

pretrain() {  # strategy
  [ -f "$out/pretrain-$1/metrics.json" ] && return
  local trained=()
  case $1 in fundus | imagenet+fundus)
    trained=(--train "odir=$stores/odir" "eyepacs=$stores/eyepacs" --labels "$upstream" --select "part == 'upstream'"
      --epochs 10 --batch-size 32) ;;
  esac
  # Random weights bear, and need, a higher rate than ImageNet's, which it would wash out.
  case $1 in
    fundus) trained+=(--learning-rate 1e-3) ;;
    imagenet+fundus) trained+=(--learning-rate 3e-4 --imagenet-weights "$imagenet") ;;
    imagenet) trained+=(--imagenet-weights "$imagenet") ;;
  esac
  fundusfm pretrain --strategy "$1" --backbone $backbone --size $size --out "$out/pretrain-$1" "${trained[@]}" --resume
}

adapt() {  # probe|finetune, strategy, name, labels, task, further options
  local command=$1 strategy=$2 name=$3 labels=$4 task=$5
  shift 5
  [ -f "$out/$command-$name-$strategy/metrics.json" ] && return
  fundusfm "$command" --data "odir=$stores/odir" --select "part == 'downstream'" --labels "$labels" --task "$task" --folds 5 \
    --external "rahim=$stores/rahim" "palm=$stores/palm" --weights "$out/pretrain-$strategy/bundle" \
    --out "$out/$command-$name-$strategy" --resume "$@"
}

probe_both() {  # strategy
  adapt probe "$1" abnormal abnormal binary
  adapt probe "$1" eight $eight multilabel
}

# `N` is the complement of `abnormal`, so one multilabel fit serves both tasks.
finetune_both() { adapt finetune "$1" nine abnormal,$eight multilabel --epochs 4 --patience 2 --batch-size 32; }

for strategy in imagenet scratch imagenet+fundus; do pretrain $strategy; probe_both $strategy; done
finetune_both imagenet+fundus
finetune_both imagenet
pretrain fundus
probe_both fundus
finetune_both fundus
finetune_both scratch

# Resolution: the two-step backbone goes on at 224 px; ImageNet's takes any size.
prepare 224 stores-224
stores=$out/stores-224
[ -f "$out/pretrain-224-imagenet+fundus/metrics.json" ] ||
  fundusfm pretrain --strategy imagenet+fundus --backbone $backbone --size 224 --weights "$out/pretrain-imagenet+fundus/bundle" \
    --train "odir=$stores/odir" "eyepacs=$stores/eyepacs" --labels "$upstream" --select "part == 'upstream'" \
    --epochs 4 --learning-rate 2e-4 --warmup-epochs 0.3 --batch-size 32 --out "$out/pretrain-224-imagenet+fundus" --resume
ln -sfn pretrain-imagenet "$out/pretrain-224-imagenet"
for strategy in 224-imagenet 224-imagenet+fundus; do probe_both $strategy; done
